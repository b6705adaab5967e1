import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '@holdfast/platform';
import { LRUCache } from 'lru-cache';
import { ExternalLibraries, type Library, NoAnswer } from '../application/network.js';
import { availableIn } from '../domain/library-answer.js';
import { CheckedAddresses } from './checked-addresses.js';
import { exchange } from './exchange.js';
import { limitsOf, Outage, Patience } from './patience.js';

/** Room for an answer with a lot beside `available`. */
const MAX_BYTES = 16 * 1024;
/** More libraries than that are not remembered: who is forgotten begins anew. */
const LIBRARIES = 1000;

@Injectable()
export class HttpExternalLibraries extends ExternalLibraries {
  private readonly logger = new Logger('ExternalLibraries');
  /** By library and status URL: another address is another server. */
  private readonly patience = new LRUCache<string, Patience>({ max: LIBRARIES });

  constructor(
    private readonly settings: Settings,
    private readonly addresses: CheckedAddresses,
  ) {
    super();
  }

  async ask(library: Library, url: URL, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.patienceWith(library).ask((limit) => this.askOnce(url, limit), signal);
    } catch (error) {
      if (error instanceof NoAnswer) {
        const { silence, cause } = error;
        this.logger.debug({ msg: 'an external library did not answer', library: library.id, silence, err: cause });
      }
      throw error;
    }
  }

  leftAlone(): number {
    return [...this.patience.values()].filter(({ isLeftAlone }) => isLeftAlone).length;
  }

  private patienceWith({ id, statusUrl }: Library): Patience {
    const key = `${id} ${statusUrl}`;
    const known = this.patience.get(key);
    if (known) return known;
    const made = new Patience(limitsOf(this.settings), (isAsked) =>
      this.logger.warn(isAsked ? `library ${id} answers again` : `library ${id} fails, and is left alone for a while`),
    );
    this.patience.set(key, made);
    return made;
  }

  private async askOnce(url: URL, signal: AbortSignal): Promise<boolean> {
    const { status, headers, body } = await exchange({
      url,
      method: 'GET',
      headers: { Accept: 'application/json', 'Accept-Encoding': 'identity', 'User-Agent': 'holdfast-availability' },
      signal,
      maxBytes: MAX_BYTES,
      wantsBody: (given) => given === 200,
      lookup: await this.addresses.lookupFor(url, signal),
    });
    if (status >= 300 && status < 400) throw new NoAnswer('redirect', true);
    // The server itself says that it is ill, or has too much to do.
    if (status >= 500 || status === 429 || status === 408) throw new Outage('bad-status', true, new Error(`${status}`));
    if (status !== 200) throw new NoAnswer('bad-status', true, new Error(`${status}`));
    // Small servers send no Content-Type, or that of a page: the body tells by itself whether it is an answer.
    const isPlain = /^(?:identity)?$/i.test(headers['content-encoding'] ?? '');
    const available = isPlain ? availableIn(body.toString('utf8')) : null;
    if (available === null) throw new NoAnswer('bad-answer', true);
    return available;
  }
}
