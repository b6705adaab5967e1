import { CROWD, FEW, PATIENCE_LOOKS, RouteLoad } from './route-load.js';

const LOOK_SECONDS = 0.25;
const DELAY_SECONDS = 0.5;

/** A route that finishes so many a second, the first that came first, and clients that come whatever becomes of them. */
class Simulation {
  readonly load = new RouteLoad(DELAY_SECONDS);
  private readonly queue: number[] = [];
  private now = 0;
  private due = 0;
  refused = 0;
  /** Seconds that an answer takes, however few are under way. */
  least = 0;
  /** Seconds that those who were answered had waited. */
  waits: number[] = [];

  constructor(private readonly capacity: number) {}

  get underWay(): number {
    return this.queue.length;
  }

  arrive(count = 1): void {
    for (let one = 0; one < count; one++) {
      if (this.load.isFull) {
        this.refused++;
        continue;
      }
      this.load.enter();
      this.queue.push(this.now);
    }
  }

  /** As many seconds, with `offered` that come in each. */
  run(seconds: number, offered: number): this {
    this.waits = [];
    this.refused = 0;
    const steps = Math.round(seconds / STEP);
    for (let step = 1; step <= steps; step++) {
      this.now += STEP;
      const coming = Math.floor(step * STEP * offered) - Math.floor((step - 1) * STEP * offered);
      this.arrive(coming);
      this.due = this.queue.length === 0 ? 0 : this.due + this.capacity * STEP;
      const ripe = (): boolean => this.queue.length > 0 && (this.queue[0] ?? 0) <= this.now - this.least;
      for (; this.due >= 1 && ripe(); this.due--) {
        this.load.leave();
        this.waits.push(this.now - (this.queue.shift() ?? 0));
      }
      if (step % Math.round(LOOK_SECONDS / STEP) === 0) this.load.look(LOOK_SECONDS);
    }
    return this;
  }
}
const STEP = 0.005;
const PATIENCE_SECONDS = PATIENCE_LOOKS * LOOK_SECONDS;

describe('The load of a route', () => {
  it('takes a crowd at once, however slow the route is', () => {
    const slow = new Simulation(50);
    slow.arrive(CROWD);
    expect(slow.refused).toBe(0);
    slow.run(2, 0);
    expect(slow.underWay).toBe(CROWD - 100);
  });

  it('never refuses few, however slow the route is', () => {
    const slow = new Simulation(10).run(2 * PATIENCE_SECONDS, 10);
    slow.arrive(FEW - slow.underWay);
    expect(slow.refused).toBe(0);
  });

  it('refuses nobody when no more come than are finished', () => {
    for (const capacity of [100, 1000, 20_000]) {
      expect(new Simulation(capacity).run(2 * PATIENCE_SECONDS, capacity * 0.95).refused).toBe(0);
    }
  });

  it.each([400, 1000, 3000, 10_000])(
    'of twice as many as it can finish (%i a second) refuses half, finishes as many as ever, and nobody waits for long',
    (capacity) => {
      const route = new Simulation(capacity);
      route.run(PATIENCE_SECONDS + 10, 2 * capacity);
      const { waits, refused } = route.run(10, 2 * capacity);
      expect(waits.length).toBeGreaterThan(9.9 * capacity);
      expect(refused).toBeGreaterThan(9.5 * capacity);
      expect(Math.max(...waits)).toBeLessThan(2 * DELAY_SECONDS);
    },
  );

  it('takes everybody again when the flood is over, and a crowd as well', () => {
    const route = new Simulation(500).run(3 * PATIENCE_SECONDS, 2000);
    expect(route.refused).toBeGreaterThan(0);
    expect(route.run(5, 300).refused).toBe(0);
    route.arrive(CROWD - route.underWay);
    expect(route.refused).toBe(0);
  });

  it('is not let go under where answers take longer than they should, however few there are', () => {
    const route = new Simulation(4000).run(20, 3900);
    route.least = 2 * DELAY_SECONDS;
    route.run(PATIENCE_SECONDS + 20, 8000);
    expect(route.run(5, 8000).waits.length).toBeGreaterThan(5 * 300);
  });

  it('becomes slower and quicker with the route', () => {
    const route = new Simulation(4000).run(20, 8000);
    Object.assign(route, { capacity: 400 });
    route.run(PATIENCE_SECONDS + 15, 8000);
    expect(Math.max(...route.run(5, 8000).waits)).toBeLessThan(2 * DELAY_SECONDS);
    Object.assign(route, { capacity: 4000 });
    route.run(10, 8000);
    expect(route.run(5, 8000).waits.length).toBeGreaterThan(5 * 3900);
  });
});
