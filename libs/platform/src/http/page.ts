import { createHash } from 'node:crypto';
import { IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import type { Type } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { isId } from '../kernel/index.js';
import { InDigits } from './input-rules.js';
import { InvalidInput } from './problem.js';

const SOME_CURSOR = 'Zl8gYm9va3MgYnkgdGl0bGU';

/** How much of a list, and from where. `cursor` replaces `offset`. */
export class PageQuery {
  @ApiProperty({
    type: 'integer',
    required: false,
    minimum: 1,
    maximum: 100,
    default: 20,
    example: 20,
    description: 'Most items on the page.',
  })
  @InDigits()
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  @ApiProperty({
    required: false,
    minLength: 1,
    maxLength: 2000,
    pattern: '^[A-Za-z0-9_-]+$',
    example: SOME_CURSOR,
    description: '`nextCursor` of the page before: its cost does not grow with depth.',
  })
  @IsOptional()
  @IsString()
  @Length(1, 2000)
  cursor?: string;

  @ApiProperty({
    type: 'integer',
    required: false,
    minimum: 0,
    maximum: 1_000_000,
    default: 0,
    example: 0,
    description: 'Items to leave out from the start.',
  })
  @InDigits()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  offset: number = 0;
}

/** A page of a list. `total` is exact up to 10,000, then it may be an estimate and `totalIsEstimate` says so. */
export interface Page<Item> {
  items: Item[];
  total: number;
  totalIsEstimate?: boolean;
  limit: number;
  offset: number;
  nextCursor: string | null;
}

/** The OpenAPI class of a page of `item`: `class BookPage extends PageOf(BookView) {}`. */
export function PageOf<Item>(item: Type<Item>): Type<Page<Item>> {
  class PageView implements Page<Item> {
    @ApiProperty({ type: [item], maxItems: 100 })
    items!: Item[];

    @ApiProperty({ type: 'integer', example: 1, description: 'Items of the whole list; exact up to 10,000.' })
    total!: number;

    @ApiProperty({ required: false, example: true, description: 'Present when `total` is an estimate.' })
    totalIsEstimate?: boolean;

    @ApiProperty({ type: 'integer', example: 20 })
    limit!: number;

    @ApiProperty({ type: 'integer', example: 0 })
    offset!: number;

    @ApiProperty({
      type: String,
      nullable: true,
      example: SOME_CURSOR,
      description: 'For `cursor`; null on the last page.',
    })
    nextCursor!: string | null;
  }
  return PageView;
}

/** Bytes of the digest that binds a cursor to its list. */
const SEAL = 6;

/**
 * A cursor is the sort key of the last item that was seen, bound to the list and order that it was made for.
 * Clients must take it as opaque.
 * @param list names the list and its order; one name belongs to one kind of item
 */
export function encodeCursor(list: string, key: readonly (string | number | null)[]): string {
  const text = JSON.stringify(key);
  return Buffer.concat([sealOf(list, text), Buffer.from(text)]).toString('base64url');
}

/** The parts of cursors' keys, each as strict as the type that the SQL binds it to: a cursor may be forged. */
const cursorParts = {
  id: isId,
  text: (part: unknown) => typeof part === 'string' && !part.includes('\0') && part.isWellFormed(),
  integer: (part: unknown) => Number.isInteger(part) && Math.abs(Number(part)) <= 2_000_000_000,
  timestamptz: (part: unknown) =>
    typeof part === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(part) &&
    !Number.isNaN(Date.parse(part)),
};

export type CursorPart = keyof typeof cursorParts;

/** The key in a cursor. @throws InvalidInput when it is no cursor of ours, or of another list or order */
export function decodeCursor(cursor: string, list: string, parts: readonly CursorPart[]): (string | number)[] {
  const key = readCursor(cursor, list);
  const fits = key.length === parts.length && parts.every((part, place) => cursorParts[part](key[place]));
  if (!fits) throw new InvalidInput([{ pointer: '/cursor', detail: 'is not a cursor of this list and order' }]);
  return key as (string | number)[];
}

function readCursor(cursor: string, list: string): unknown[] {
  const bytes = Buffer.from(cursor, 'base64url');
  const text = bytes.subarray(SEAL).toString('utf8');
  // Buffer skips what is no base64url, and bits that are left over: only the text that we write is a cursor.
  if (bytes.toString('base64url') !== cursor || !sealOf(list, text).equals(bytes.subarray(0, SEAL))) return [];
  try {
    const key: unknown = JSON.parse(text);
    return Array.isArray(key) ? key : [];
  } catch {
    return [];
  }
}

/** Notices what was changed or belongs elsewhere, and keeps no secret: whoever forges a cursor meets the types of its parts. */
const sealOf = (list: string, text: string): Buffer =>
  createHash('sha256').update(`${list}\n${text}`).digest().subarray(0, SEAL);
