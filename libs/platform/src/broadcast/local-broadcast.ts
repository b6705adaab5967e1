import { Broadcast } from './broadcast.js';
import { Listeners } from './listeners.js';

/** For a program that is one process: nothing is ever missed. */
export class LocalBroadcast extends Broadcast {
  private readonly listeners = new Listeners();

  tell(channel: string, message: string): Promise<void> {
    this.listeners.hear(channel, message);
    return Promise.resolve();
  }

  listen(channel: string, hear: (message: string) => void): void {
    this.listeners.add(channel, { hear });
  }

  close(): Promise<void> {
    this.listeners.clear();
    return Promise.resolve();
  }
}
