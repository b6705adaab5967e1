import { isDeepStrictEqual } from 'node:util';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import {
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  MaxLength,
  registerDecorator,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { InputPipe } from './input-pipe.js';
import { Omittable, Trimmed } from './input-rules.js';
import { quickAccept } from './quick-accept.js';

class Wish {
  @IsString()
  @MaxLength(5)
  text!: string;

  @IsOptional()
  @IsInt()
  count: number | null = 1;
}

const pipe = new InputPipe();
/** What the long way makes of it; undefined when it refuses. */
const slowly = async (dtoClass: new () => object, sent: unknown): Promise<unknown> => {
  try {
    return await pipe.check(sent, { type: 'body', metatype: dtoClass });
  } catch {
    return undefined;
  }
};

describe('The quick way of good input', () => {
  it('gives the instance at once', () => {
    const made = pipe.transform({ text: 'a', count: 2 }, { type: 'body', metatype: Wish });
    expect(made).toBeInstanceOf(Wish);
    expect(made).toEqual({ text: 'a', count: 2 });
  });

  it('says nothing of input that a rule refuses, or that is not sure', () => {
    const doubtful: unknown[] = [
      {},
      { text: 'longer' },
      { text: 'a', count: 'b' },
      { text: 'a', other: 1 },
      { text: 'a', toString: 1 },
      { text: 'a\0' },
      { text: { a: 1 } },
      { text: [{}] },
      Object.assign([], { text: 'a' }),
      new Date(),
      new Wish(),
      'text',
      null,
      undefined,
    ];
    expect(doubtful.map((sent) => quickAccept(Wish, sent))).toEqual(doubtful.map(() => undefined));
  });

  it('leaves what our own decorators give as it is', () => {
    const given = { text: 'a' };
    expect(pipe.transform(given, { type: 'custom', metatype: Wish })).toBe(given);
  });

  it.each([
    ['what stands in the class', { text: 'a' }],
    ['an absent value', { count: undefined, text: 'a' }],
    ['null', { text: 'a', count: null }],
  ])('keeps %s, and the order, as ValidationPipe does', async (_, sent) => {
    const [quick, slow] = [quickAccept(Wish, sent), await slowly(Wish, sent)];
    expect(quick).toBeDefined();
    expect(isDeepStrictEqual(quick, slow)).toBe(true);
    expect(Object.entries(quick ?? {})).toEqual(Object.entries(slow ?? {}));
  });

  it('transforms in the order of ValidationPipe, with what it gives to transformations', async () => {
    const seen: unknown[] = [];
    const Seen = (): PropertyDecorator => Transform(({ value, ...rest }) => (seen.push(rest), `${value as string}!`));
    class Transformed {
      @Trimmed()
      @Seen()
      @IsString()
      text!: string;
    }
    const sent = { text: ' a ' };
    expect(quickAccept(Transformed, sent)).toEqual(await slowly(Transformed, sent));
    expect(seen[0]).toEqual(seen[1]);
  });

  it('asks conditions and rules of the whole instance, as ValidationPipe does', async () => {
    const asked: unknown[] = [];
    const Asked = (): PropertyDecorator => (target, property) =>
      registerDecorator({
        target: target.constructor,
        propertyName: property as string,
        constraints: [7],
        validator: { validate: (value, about) => asked.push({ ...about, object: { ...about?.object } }) > 0 },
      });
    class Kinds {
      @IsIn(['a', 'b'])
      kind!: string;

      @ValidateIf((kinds: Kinds) => kinds.kind === 'a')
      @IsInt()
      @Asked()
      size?: unknown;
    }
    expect(quickAccept(Kinds, { size: 'none', kind: 'b' })).toEqual({ size: 'none', kind: 'b' });
    expect(quickAccept(Kinds, { size: 'none', kind: 'a' })).toBeUndefined();
    asked.length = 0;
    expect(quickAccept(Kinds, { size: 1, kind: 'a' })).toEqual(await slowly(Kinds, { size: 1, kind: 'a' }));
    expect(asked).toHaveLength(2);
    expect(asked[0]).toEqual(asked[1]);
  });

  it('copies lists of texts and numbers, and no others', async () => {
    class Listed {
      @IsArray()
      list!: unknown[];
    }
    const list = ['a', 1, true];
    const quick = quickAccept(Listed, { list }) as Listed;
    expect(quick).toEqual(await slowly(Listed, { list }));
    expect(quick.list).not.toBe(list);
    const doubtful: unknown[][] = [[{}], [[]], [null], [undefined], Array<unknown>(1), ['a\0']];
    expect(doubtful.map((list) => quickAccept(Listed, { list }))).toEqual(doubtful.map(() => undefined));
  });

  it('says nothing of what class-transformer makes another type of', () => {
    class Typed {
      @Type(() => String)
      @IsOptional()
      @IsIn([5, '5'])
      size?: unknown;
    }
    expect(quickAccept(Typed, { size: null })).toEqual({ size: null });
    expect(quickAccept(Typed, { size: 5 })).toBeUndefined();
  });

  it('accepts objects in objects only where they are left out', () => {
    class Outer {
      @Omittable()
      @ValidateNested()
      @Type(() => Wish)
      wish?: Wish;
    }
    expect(quickAccept(Outer, {})).toEqual({});
    expect(quickAccept(Outer, { wish: { text: 'a' } })).toBeUndefined();
    expect(quickAccept(Outer, { wish: null })).toBeUndefined();
  });

  describe('leaves to ValidationPipe classes', () => {
    const ruled = (change: (target: object) => void): new () => object => {
      class Odd {
        @IsString()
        text!: string;
      }
      change(Odd.prototype);
      return Odd;
    };
    const mayWait: PropertyDecorator = (target, property) =>
      registerDecorator({
        target: target.constructor,
        propertyName: property as string,
        async: true,
        validator: { validate: () => true },
      });

    it.each<[string, new () => object]>([
      [
        'without rules',
        class {
          words(): string {
            return '';
          }
        },
      ],
      ['with rules for each item', ruled((target) => MaxLength(5, { each: true })(target, 'text'))],
      ['with rules that have an if', ruled((target) => MaxLength(5, { validateIf: () => false })(target, 'text'))],
      ['with rules that may be asynchronous', ruled((target) => mayWait(target, 'text'))],
      ['that rename', ruled((target) => Expose({ name: 'text' })(target, 'words'))],
      ['with properties that are left out', ruled((target) => Exclude()(target, 'text'))],
      ['that are left out but for a few properties', ruled((target) => Exclude()(target.constructor))],
      ['with transformations for groups', ruled((target) => Transform(() => 'b', { groups: ['a'] })(target, 'text'))],
      ['with accessors where input goes', ruled((target) => Object.defineProperty(target, 'text', { get: () => 'b' }))],
      [
        'with properties that no rule knows',
        class extends Wish {
          extra = 1;
        },
      ],
      [
        'with a function where input goes',
        class extends Wish {
          override text = (() => 'b') as never;
        },
      ],
    ])('%s', (_, dtoClass) => {
      expect(quickAccept(dtoClass, { text: 'a' })).toBeUndefined();
      expect(quickAccept(dtoClass, {})).toBeUndefined();
    });
  });
});
