import { open, readFile } from 'node:fs/promises';

/**
 * What the consumer knows, in a file with a JSON line for each event that it has handled. The line is the effect of the
 * event and the memory of its id in one write, so no crash can leave one without the other. One process at a time.
 */
export class Shelf {
  #path;
  #size = 0;
  /** Ids of the events that are in the file, and of each subject the latest `sequence`. */
  #handled = new Set();
  #latest = new Map();

  static async open(path) {
    const shelf = new Shelf();
    shelf.#path = path;
    await shelf.#read();
    return shelf;
  }

  /** Gives what was done, in a few words. A second call with the same event changes nothing. */
  async apply({ id, type, subject, sequence, time, data }) {
    if (this.#handled.has(id)) return 'was handled before';
    // An event that failed at first may come after later ones of its subject. What it says is no news any more.
    const isNews = sequence > (this.#latest.get(subject) ?? '');
    const news = { time, type, bookId: data.bookId, library: data.library?.name, status: data.status };
    await this.#write({ id, subject, sequence, ...(isNews ? news : {}) });
    this.#remember({ id, subject, sequence });
    return isNews ? `the reservation is ${data.status}` : 'came late, newer is known';
  }

  #remember({ id, subject, sequence }) {
    this.#handled.add(id);
    if (sequence > (this.#latest.get(subject) ?? '')) this.#latest.set(subject, sequence);
  }

  /** The line is on the disk when this resolves. */
  async #write(change) {
    const line = Buffer.from(`${JSON.stringify(change)}\n`);
    const file = await open(this.#path, 'a');
    try {
      // What an attempt before has left of its line goes; a file that somebody took away begins anew.
      const { size } = await file.stat();
      this.#size = Math.min(size, this.#size);
      await file.truncate(this.#size);
      await file.appendFile(line);
      await file.datasync();
      this.#size += line.length;
    } finally {
      await file.close();
    }
  }

  /** A line without its end was cut off by a crash: its event comes again, for it was not acknowledged. */
  async #read() {
    const text = await readFile(this.#path).catch((error) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    this.#size = text.lastIndexOf('\n') + 1;
    const lines = text.subarray(0, this.#size).toString('utf8').split('\n').slice(0, -1);
    for (const line of lines) this.#remember(JSON.parse(line));
  }
}
