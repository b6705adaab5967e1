/** So many requests of a route that come at once are a crowd, and no more than that: all of them are answered. */
export const CROWD = 1000;
/** However slow a route is, so many may be under way. */
export const FEW = 100;
/** A crowd that is not served in so many looks, one after the other, does not end: there is more than can be done. */
export const PATIENCE_LOOKS = 24;
/** Share of the latest look in the rate. */
const FRESH = 0.3;
/** Of the best rate there was: where each answer takes long by itself, fewer under way make the rate lower, and that them. */
const SHARE_OF_BEST = 0.25;
const BEST_HALVES_IN_SECONDS = 60;

/**
 * How many requests of one route are under way, and how many may be: as many as are finished in `delaySeconds` at the present
 * rate (Little's law: that many more would wait for longer), or a quarter of what was best lately, but a crowd always, until
 * it does not end. Knows no clock.
 */
export class RouteLoad {
  private underWay = 0;
  private finished = 0;
  /** Finished in a second. */
  private rate = 0;
  /** The best rate lately. */
  private best = 0;
  private crowdedLooks = 0;
  private limit = CROWD;

  constructor(private readonly delaySeconds: number) {}

  get isFull(): boolean {
    return this.underWay >= this.limit;
  }

  enter(): void {
    this.underWay++;
  }

  leave(): void {
    this.underWay--;
    this.finished++;
  }

  /** To be called several times a second, with the time since the last call. */
  look(elapsedSeconds: number): void {
    this.rate += (this.finished / elapsedSeconds - this.rate) * FRESH;
    this.finished = 0;
    this.best = Math.max(this.rate, this.best * 0.5 ** (elapsedSeconds / BEST_HALVES_IN_SECONDS));
    const manageable = Math.max(FEW, Math.max(this.rate, this.best * SHARE_OF_BEST) * this.delaySeconds);
    if (this.underWay >= manageable) this.crowdedLooks++;
    // Not as soon as there is one less: the limit would go up and down, and a crowd be let in each time.
    else if (this.underWay < manageable / 2) this.crowdedLooks = 0;
    this.limit = this.crowdedLooks >= PATIENCE_LOOKS ? manageable : Math.max(CROWD, manageable);
  }
}
