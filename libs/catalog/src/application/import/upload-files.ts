/** What a file of rows gives, in its order. */
export type UploadItem =
  | { kind: 'header'; line: number; cells: string[] }
  | { kind: 'record'; line: number; cells: string[] }
  /** A record that cannot be read. */
  | { kind: 'problem'; line: number; problem: string }
  /** Last: nothing more can be read. `line` 0 where it is not about a line. */
  | { kind: 'failure'; line: number; problem: string };

/** Where the files of uploads wait; api and worker see the same ones. */
export abstract class UploadFiles {
  /**
   * Keeps the content under the id; gives its bytes. It is on the disk when this returns, and not at all when this
   * throws, as it does with what `content` throws.
   * @throws TemporarilyUnavailable when the disk does not take it
   */
  abstract keep(id: string, content: AsyncIterable<Uint8Array>): Promise<number>;

  /**
   * Reads the file in constant memory. A file that is gone is a failure item; not so where all of them are gone, as when
   * their disk is away.
   * @throws the signal's reason; TemporarilyUnavailable when the disk is away
   */
  abstract read(id: string, signal: AbortSignal): AsyncIterable<UploadItem>;

  /** Doing it again changes nothing. */
  abstract remove(id: string): Promise<void>;

  /** All files, whole or not, and for how long nobody has written to them. */
  abstract all(): Promise<{ id: string; quietMinutes: number }[]>;
}
