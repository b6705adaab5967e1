import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAvailability } from '@holdfast/availability';
import { createHttpApp, createPino, HoldfastLogger, Metrics, readSettings } from '@holdfast/platform';
import { type FreshDatabase, freshDatabase } from '@holdfast/platform/testing';
import { parse } from 'yaml';
import { HoldfastModule } from '../../apps/holdfast/src/holdfast.module.js';
import { readPromql } from './support/promql.js';

const read = (path: string): string => readFileSync(join(__dirname, '../../deploy', path), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: Record<string, string>;
}
const rules = (parse(read('prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const { scrape_configs: programs } = parse(read('prometheus/prometheus.yml')) as {
  scrape_configs: { job_name: string }[];
};
const { panels } = JSON.parse(read('grafana/dashboards/holdfast.json')) as {
  panels: { title: string; targets?: { expr: string; legendFormat: string }[] }[];
};
const shown = panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));
/** Each with what says where it is, and the labels that its words name. */
const expressions = [
  ...rules.map(({ alert, expr, annotations }) => ({
    where: alert,
    expr,
    named: [
      ...Object.values(annotations)
        .join(' ')
        .matchAll(/\$labels\.(\w+)/g),
    ].map(([, label = '']) => label),
  })),
  ...shown.map(({ title, expr, legendFormat }) => ({
    where: title,
    expr,
    named: [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label),
  })),
];

/** What Prometheus itself adds to every series. */
const OF_THE_TARGET = ['job', 'instance'];

describe('The dashboard and the alerts', () => {
  let database: FreshDatabase;
  let dataDir: string;
  let labels: Map<string, readonly string[]>;

  beforeAll(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'holdfast-dashboards-'));
    const env = { DATABASE_URL: database.url, HOLDFAST_DATA_DIR: dataDir, AVAILABILITY_PORT: '0' };
    const settings = readSettings(env);
    const logger = new HoldfastLogger(createPino('fatal', 'test'));
    const all = await createHttpApp(HoldfastModule.forRoot(settings), settings, logger);
    const availability = await startAvailability(settings, logger);
    labels = new Map([...all.get(Metrics).labels(), ...availability.get(Metrics).labels(), ['up', []]]);
    await availability.close();
    await all.close();
  }, 60_000);
  afterAll(async () => {
    await database?.drop();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  });

  /** The labels of a series, those of a histogram's parts too; undefined when nothing of ours has the name. */
  const labelsOf = (series: string): readonly string[] | undefined => {
    const known = labels.get(series);
    if (known) return [...known, ...OF_THE_TARGET];
    const [, histogram = '', part] = /^(.*)_(bucket|sum|count)$/.exec(series) ?? [];
    const own = labels.get(histogram);
    return own && [...own, ...OF_THE_TARGET, ...(part === 'bucket' ? ['le'] : [])];
  };

  it('read only figures and labels that our programs tell', () => {
    expect(expressions.length).toBeGreaterThan(50);
    const wrong = expressions.flatMap(({ where, expr, named }) => {
      const { series, groups } = readPromql(expr);
      const known = series.flatMap(({ name }) => labelsOf(name) ?? []);
      const aggregates = /\b(?:sum|max|min|avg|count)\b/.test(expr);
      return [
        ...series.filter(({ name }) => !labelsOf(name)).map(({ name }) => `${where}: ${name}`),
        ...series.flatMap(({ name, labels: picked }) =>
          picked.filter((label) => !labelsOf(name)?.includes(label)).map((label) => `${where}: ${name}{${label}}`),
        ),
        ...groups.filter((label) => !known.includes(label)).map((label) => `${where}: by (${label})`),
        ...named
          .filter((label) => !(aggregates ? groups : known).includes(label))
          .map((label) => `${where}: names ${label}, which its result does not have`),
      ];
    });
    expect(wrong).toEqual([]);
  });

  it('show or watch every figure of ours', () => {
    const used = expressions.flatMap(({ expr }) => readPromql(expr).series.map(({ name }) => name));
    const isUsed = (figure: string) =>
      used.some((name) => name.replace(/_(bucket|sum|count)$/, '') === figure || name === figure);
    const ours = [...labels.keys()].filter((name) => name.startsWith('holdfast_'));
    expect(ours.length).toBeGreaterThan(25);
    expect(ours.filter((figure) => !isUsed(figure))).toEqual([]);
  });

  it('have no label of ours that Prometheus takes for the target', () => {
    const taken = [...labels].filter(([, own]) => own.some((label) => OF_THE_TARGET.includes(label)));
    expect(taken).toEqual([]);
  });

  it('say of each alert what it is about and how bad it is, under a name of its own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels: set, annotations } of rules) {
      expect([alert, ['critical', 'warning'].includes(set.severity)]).toEqual([alert, true]);
      expect(annotations.summary?.length).toBeGreaterThan(10);
    }
  });

  it('notice of each program that all its processes are gone, and their targets with them', () => {
    expect(programs.length).toBeGreaterThan(2);
    const watched = rules.map(({ expr }) => expr);
    const needed = programs.map(({ job_name }) => `absent(up{job="${job_name}"})`);
    expect(needed.filter((expr) => !watched.includes(expr))).toEqual([]);
  });

  it('notice also when there is nothing to compare, where too little or too long ago is what is wrong', () => {
    const needed = rules.filter(({ expr }) => /\btime\(\)|<=? *\d/.test(expr));
    expect(needed.map(({ alert }) => alert)).toEqual(expect.arrayContaining(['NoRelay', 'LendingNotAudited']));
    const blind = needed.filter(({ expr }) =>
      readPromql(expr).series.some(({ name }) => !expr.includes(`or absent(${name})`)),
    );
    expect(blind.map(({ alert }) => alert)).toEqual([]);
    const hasty = rules.filter((rule) => rule.expr.includes('absent(') && !rule.for); // Nothing is there at a start.
    expect(hasty.map(({ alert }) => alert)).toEqual([]);
  });

  it.each([
    ['sum(rate(a_total[5m])', 'its brackets do not match'],
    ['sum(a) by (b])', 'its brackets do not match'],
    ['summe(a)', 'summe is no function'],
    ['1 + 1', 'it reads nothing'],
  ])('are read with care: %s is refused', (expression, reason) => {
    expect(() => readPromql(expression)).toThrow(reason);
  });

  it('are read with care: names, labels and groups are told apart', () => {
    expect(readPromql('sum by (job, le) (rate(a_bucket{status=~"5..",job!="x"}[5m])) / on (job) b > 4 * 3600')).toEqual(
      {
        series: [
          { name: 'a_bucket', labels: ['status', 'job'] },
          { name: 'b', labels: [] },
        ],
        groups: ['job', 'le', 'job'],
      },
    );
  });
});
