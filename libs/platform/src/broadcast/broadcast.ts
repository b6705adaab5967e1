/**
 * Tells all processes something at once, and keeps nothing: who is away, or not yet there, never hears it, and what is told
 * while Redis is away nobody hears. For hints only ("what you keep of this is old"), behind which the database has the truth.
 * Redis pub/sub, or this process alone. One contract suite runs on both adapters.
 */
export abstract class Broadcast {
  /** Never throws, and waits at most some milliseconds: until Redis has passed it on, or is taken for dead. */
  abstract tell(channel: string, message: string): Promise<void>;
  /**
   * `hear` gets what any process tells on the channel, this one included, in order. `lost` is called whenever something
   * may have been missed: the connection is there now, and was not before. That is also so once after the start.
   */
  abstract listen(channel: string, hear: (message: string) => void, lost?: () => void): void;
  abstract close(): Promise<void>;
}
