// Tests are compiled to CommonJS: Jest's ESM mode cannot load a CommonJS package that requires an ESM one on Node 20.
const typescript = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
  swcrc: false,
};
const javascript = {
  jsc: { target: 'es2022', parser: { syntax: 'ecmascript', importAttributes: true } },
  module: { type: 'commonjs' },
  sourceMaps: false,
  swcrc: false,
};

const contexts = [
  'platform',
  'identity',
  'inventory',
  'catalog',
  'lending',
  'notifications',
  'availability',
  'composition',
  'client',
];

const shared = {
  rootDir: '.',
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: { '^.+\\.ts$': ['@swc/jest', typescript], '^.+\\.m?js$': ['@swc/jest', javascript] },
  transformIgnorePatterns: [
    '/node_modules/(?!(?:.*/)?(?:@nestjs|@fastify/static|content-disposition|file-type|cookie|uid|@tokenizer|strtok3|token-types|uint8array-extras|@borewit|es-toolkit|js-yaml|jose|uuid|lru-cache|yaml)/)',
  ],
  moduleNameMapper: {
    '^@holdfast/kernel$': '<rootDir>/libs/platform/src/kernel/index.ts',
    '^@holdfast/platform/testing$': '<rootDir>/libs/platform/src/testing/index.ts',
    ...Object.fromEntries(contexts.map((name) => [`^@holdfast/${name}$`, `<rootDir>/libs/${name}/src/index.ts`])),
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};

const withDatabase = {
  globalSetup: '<rootDir>/test/setup/name-template.mjs',
  globalTeardown: '<rootDir>/test/setup/drop-databases.mjs',
};

const project = (displayName, testMatch, extra = {}) => ({ ...shared, displayName, testMatch, ...extra });

export default {
  projects: [
    project('unit', ['<rootDir>/{apps,libs,tools}/**/!(*.int).spec.ts']),
    project('integration', ['<rootDir>/{apps,libs}/**/*.int.spec.ts'], withDatabase),
    project('lending', ['<rootDir>/test/lending/**/*.spec.ts'], withDatabase),
    project('contract', ['<rootDir>/test/contract/**/*.spec.ts'], withDatabase),
    project('architecture', ['<rootDir>/test/architecture/**/*.spec.ts']),
    project('docs', ['<rootDir>/test/docs/**/*.spec.ts']),
    project('e2e', ['<rootDir>/test/e2e/**/*.spec.ts'], withDatabase),
    project('chaos', ['<rootDir>/test/chaos/**/*.spec.ts'], withDatabase),
  ],
  testTimeout: 60_000,
  // Most specs wait for a store or a process: two at a time also where Jest would take one worker for two cores.
  maxWorkers: 2,
};
