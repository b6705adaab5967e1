import { Logger } from '@nestjs/common';

interface Listener {
  hear: (message: string) => void;
  lost?: () => void;
}

/** Who listens to what in this process. A listener that throws is logged, and keeps nothing from the others. */
export class Listeners {
  private readonly logger = new Logger('Broadcast');
  private readonly byChannel = new Map<string, Listener[]>();

  add(channel: string, listener: Listener): void {
    this.byChannel.set(channel, [...(this.byChannel.get(channel) ?? []), listener]);
  }

  get channels(): string[] {
    return [...this.byChannel.keys()];
  }

  hear(channel: string, message: string): void {
    for (const { hear } of this.byChannel.get(channel) ?? []) this.safely(channel, () => hear(message));
  }

  lost(channel: string): void {
    for (const { lost } of this.byChannel.get(channel) ?? []) this.safely(channel, () => lost?.());
  }

  clear(): void {
    this.byChannel.clear();
  }

  private safely(channel: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.logger.error(`a listener of ${channel} failed: ${(error as Error).message}`);
    }
  }
}
