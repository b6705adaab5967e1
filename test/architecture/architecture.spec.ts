import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type RuleName, rules } from './rules.js';
import { readTree } from './tree.js';

/**
 * The architecture of docs/architecture.md as a test. Each rule has a tree in `fixtures` that breaks it in every way that
 * we could think of, so that a rule which sees nothing is found out.
 */
const examples: Record<RuleName, { fixture: string; reported: string[] }> = {
  'imports between contexts run one way': {
    fixture: 'direction',
    reported: [
      'libs/availability/src/index.ts: imports inventory',
      'libs/catalog/src/application/books.ts: imports lending',
      'libs/gardening/src/index.ts: is in a library without a row in the table of imports',
      'libs/identity/src/index.ts: imports apps/api',
      'libs/notifications/src/index.ts: imports lending',
      'libs/platform/src/index.ts: imports identity',
      'apps/worker/src/main.ts: imports apps/api',
    ],
  },
  'contexts do not import each other in a circle': {
    fixture: 'circle',
    reported: [
      'libs/catalog: is part of a circle',
      'libs/inventory: is part of a circle',
      'libs/lending: is part of a circle',
    ],
  },
  'another library is imported by its public face only': {
    fixture: 'public-face',
    reported: [
      'libs/lending/src/application/reserve.ts: imports ../../../catalog/src/domain/book.js',
      'libs/lending/src/application/reserve.ts: imports @holdfast/lending',
      'apps/api/src/main.ts: imports ../../../libs/lending/src/index.js',
    ],
  },
  'the domain imports nothing but the kernel and itself': {
    fixture: 'domain-imports',
    reported: [
      'libs/lending/src/domain/reservation.ts: imports @nestjs/common',
      'libs/lending/src/domain/reservation.ts: imports typeorm',
      'libs/lending/src/domain/reservation.ts: imports node:fs',
      'libs/lending/src/domain/reservation.ts: imports @holdfast/platform',
      'libs/lending/src/domain/reservation.ts: imports ../application/reserve.js',
      'libs/lending/src/domain/reservation.ts: imports pg',
    ],
  },
  'the layers of a context import inwards only': {
    fixture: 'layers',
    reported: [
      'libs/lending/src/application/reserve.ts: imports ../infrastructure/sql.js',
      'libs/lending/src/application/reserve.ts: imports ../presentation/reservations.dto.js',
      'libs/lending/src/infrastructure/sql.ts: imports ../presentation/reservations.dto.js',
      'libs/lending/src/presentation/reservations.dto.ts: imports ../infrastructure/sql.js',
    ],
  },
  'the domain reads no clock and leaves nothing to chance': {
    fixture: 'domain-purity',
    reported: [
      'libs/lending/src/domain/reservation.ts: Date.now()',
      'libs/lending/src/domain/reservation.ts: new Date()',
      'libs/lending/src/domain/reservation.ts: Math.random()',
      'libs/lending/src/domain/reservation.ts: randomUUID()',
      'libs/lending/src/domain/reservation.ts: newId()',
    ],
  },
  'a context writes to its own schema only': {
    fixture: 'foreign-writes',
    reported: [
      'libs/lending/src/infrastructure/migration.ts: writes catalog.books',
      'libs/lending/src/infrastructure/migration.ts: writes inventory',
      'libs/lending/src/infrastructure/migration.ts: writes inventory.by_library',
      'libs/lending/src/infrastructure/sql.ts: writes inventory.titles',
      'libs/lending/src/infrastructure/sql.ts: writes inventory.holdings',
      'libs/lending/src/infrastructure/sql.ts: writes identity.users',
      'libs/lending/src/infrastructure/sql.ts: writes catalog.staging',
      'libs/lending/src/infrastructure/sql.ts: writes catalog.books',
      'libs/lending/src/infrastructure/sql.ts: writes platform.inbox',
    ],
  },
  'events go into the outbox at known places': {
    fixture: 'outbox',
    reported: [
      'libs/catalog/src/infrastructure/sql.ts: fills the outbox',
      'libs/lending/src/application/tell.ts: fills the outbox',
    ],
  },
  'a context reads only schemas of contexts that it may import': {
    fixture: 'foreign-reads',
    reported: [
      'libs/catalog/src/infrastructure/sql.ts: mentions lending',
      'libs/notifications/src/infrastructure/sql.ts: mentions identity',
    ],
  },
  'reserved units change in one statement': {
    fixture: 'reserved-units',
    reported: [
      'libs/inventory/src/application/release.ts: changes inventory.holdings.reserved',
      'libs/inventory/src/infrastructure/sql.ts: changes inventory.holdings.reserved',
      'libs/lending/src/infrastructure/sql.ts: changes inventory.holdings.reserved',
    ],
  },
  'copies are taken and come free in one place': {
    fixture: 'settled-copies',
    reported: [
      'libs/lending/src/application/lose-copy.ts: settles copies',
      'libs/lending/src/application/lose-copy.ts: settles copies',
    ],
  },
  'names come from the field': {
    fixture: 'names',
    reported: [
      'libs/lending/src/application/queue-manager.ts: queue-manager',
      'libs/lending/src/application/queue-manager.ts: QueueManager',
      'libs/lending/src/application/queue-manager.ts: PriceHelper',
      'libs/lending/src/application/queue-manager.ts: BaseRepository',
      'libs/lending/src/application/queue-manager.ts: QueueImpl',
      'libs/platform/src/common.ts: common',
      'libs/platform/src/date.utils.ts: date.utils',
    ],
  },
  'the product does not import tests': {
    fixture: 'test-code',
    reported: [
      'libs/lending/src/application/reserve.ts: imports @holdfast/platform/testing',
      'libs/lending/src/application/reserve.ts: imports ../domain/reservation.spec.js',
      'libs/lending/src/application/reserve.ts: imports ../../../../test/setup/world.js',
    ],
  },
  'every route says who may take it': {
    fixture: 'routes',
    reported: [
      'libs/lending/src/presentation/reservations.controller.ts: ReservationsController.list',
      'libs/lending/src/presentation/reservations.controller.ts: ReservationsController.watch',
    ],
  },
};

const root = join(__dirname, '../..');
const fixtures = join(__dirname, 'fixtures');

describe('the architecture', () => {
  const tree = readTree(root);

  it('is checked on the whole tree', () => {
    expect(new Set(tree.map(({ unit }) => unit))).toEqual(
      new Set([...foldersOf('libs'), ...foldersOf('apps').map((name) => `apps/${name}`)]),
    );
  });

  describe.each(Object.keys(rules) as RuleName[])('%s', (name) => {
    it('in this tree', () => {
      expect(rules[name](tree)).toEqual([]);
    });

    it('and a tree where it is not so is reported', () => {
      const { fixture, reported } = examples[name];
      expect(rules[name](readTree(join(fixtures, fixture))).sort()).toEqual([...reported].sort());
    });
  });
});

/** Folders with at least one source file. */
function foldersOf(top: string): string[] {
  return readdirSync(join(root, top)).filter((name) =>
    readdirSync(join(root, top, name), { recursive: true, encoding: 'utf8' }).some((file) => file.endsWith('.ts')),
  );
}
