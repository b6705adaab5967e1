import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

const REMEMBERED_MS = 5000;
const LISTS = 1000;
const LONGEST_KEY = 2000;

/**
 * The lists that had more books than are counted, some seconds ago: their total is an estimate anyway, and a count costs more
 * than a page.
 */
@Injectable()
export class LongLists {
  private readonly lists = new LRUCache<string, true>({ max: LISTS, ttl: REMEMBERED_MS });

  has(list: string): boolean {
    return this.lists.has(list);
  }

  add(list: string): void {
    if (list.length <= LONGEST_KEY) this.lists.set(list, true);
  }
}
