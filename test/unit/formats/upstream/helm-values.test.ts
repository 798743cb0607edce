/** Which images a chart's values name: every way of writing one, and what Helm makes of values before it renders. */
import { describe, expect, it } from 'vitest';
import {
  parseChartValues,
  readChartImages,
  type ChartSource,
} from '../../../../src/formats/upstream/helm-values.ts';
import { VerificationError } from '../../../../src/model/errors.ts';

const metadata = (name: string, more = '') => Buffer.from(`name: ${name}\nversion: 1.0.0\n${more}`);
const chart = (values: string, more = 'appVersion: 9.9.9\n', subcharts: ChartSource[] = []): ChartSource => ({
  ...{ metadata: metadata('app', more), values: Buffer.from(values), subcharts },
});
const sub = (name: string, values: string, more = ''): ChartSource => ({
  ...{ metadata: metadata(name, more), values: Buffer.from(values), subcharts: [] },
});

/** `path repository:tag@digest`. */
function imagesOf(source: ChartSource, ...overrides: readonly string[]): readonly string[] {
  const given = overrides.map((text) => parseChartValues(Buffer.from(text), 'values'));
  return readChartImages(source, given, 'app.tgz').images.map(
    ({ path, repository, tag = '', digest }) =>
      `${path} ${repository}:${tag}${digest === undefined ? '' : `@${digest}`}`,
  );
}

describe('the images of a chart', () => {
  it.each([
    ['image: r.example/app:1.2', ['image r.example/app:1.2']],
    ['image: r.example:5000/app', ['image r.example:5000/app:9.9.9']],
    ['image: r.example/app:1.2@sha256:ab', ['image r.example/app:1.2@sha256:ab']],
    ['image: r.example/app\ntag: 1.2.3', ['image r.example/app:1.2.3']],
    ['image: r.example/app\nimageTag: v1', ['image r.example/app:v1']],
    ['sidecarImage: app:1', ['sidecarImage app:1']],
    ['image: { repository: r.example/app, tag: v1 }', ['image r.example/app:v1']],
    ["image: { repository: r.example/app, tag: '' }", ['image r.example/app:9.9.9']],
    ['image: { repository: r.example/app }', ['image r.example/app:9.9.9']],
    ['image: { registry: r.example, repository: team/app, tag: v1 }', ['image r.example/team/app:v1']],
    ['image: { repository: app, tag: v1, digest: sha256:ab }', ['image app:v1@sha256:ab']],
    ['image: { name: r.example/app, tag: v1 }', ['image r.example/app:v1']],
    // Not called so, and plainly one.
    [
      'images: { a: { repository: x, tag: 1.5 }, b: { registry: r.example, repository: y, tag: "2" } }',
      ['images.a x:1.5', 'images.b r.example/y:2'],
    ],
    [
      'jobs:\n  - name: one\n    image: a:1\n  - image: { repository: b, tag: v2 }',
      ['jobs.0.image a:1', 'jobs.1.image b:v2'],
    ],
    [
      'global: { imageRegistry: m.example }\nimage: { registry: r.example, repository: a, tag: v1 }',
      ['image m.example/a:v1'],
    ],
  ] as const)('%s', (values, expected) => {
    expect(imagesOf(chart(values))).toEqual(expected);
  });

  it.each([
    'image: ""',
    'image: { pullPolicy: Always }',
    'imagePullPolicy: Always\nimagePullSecrets: [a]\nimageRegistry: r.example',
    'git: { repository: https://git.example/x }',
    'metrics: { enabled: false, image: { repository: a, tag: v1 } }',
    'sidecar: { image: { enabled: false, repository: a, tag: v1 } }',
    '',
  ])('none: %s', (values) => {
    expect(imagesOf(chart(values))).toEqual([]);
  });

  it('are those of the values that it is installed with, the last of which count', () => {
    const values =
      'image: { repository: a, tag: v1 }\nmetrics: { enabled: false, image: b:1 }\nold: { image: c:1 }';
    const first = 'image: { tag: v2 }\nmetrics: { enabled: true }\nold: null';
    expect(imagesOf(chart(values), first)).toEqual(['image a:v2', 'metrics.image b:1']);
    expect(imagesOf(chart(values), first, 'image: { tag: v3 }')).toContain('image a:v3');
  });

  it('are also those of the charts in it: with their values from above, under another name, unless switched off', () => {
    const db = sub('db', 'image: { repository: db, tag: "16" }\nextra: { image: x:1 }', 'appVersion: "16"\n');
    const listed = (more: string) => `dependencies:\n  - { name: db, version: 1.0.0${more} }\n`;
    expect(imagesOf(chart('', listed(''), [db]))).toEqual(['db.image db:16', 'db.extra.image x:1']);
    const above = 'db: { image: { registry: r.example, tag: "17" }, extra: null }';
    expect(imagesOf(chart(above, listed(''), [db]))).toEqual(['db.image r.example/db:17']);
    expect(imagesOf(chart('store: { image: { tag: "15" } }', listed(', alias: store'), [db]))).toEqual([
      'store.image db:15',
      'store.extra.image x:1',
    ]);
    const twice = `${listed('')}  - { name: db, alias: other, version: 1.0.0, condition: other.enabled }\n`;
    expect(imagesOf(chart('other: { enabled: false }', twice, [db]))).toHaveLength(2);
    expect(imagesOf(chart('', twice, [db]))).toHaveLength(4);
    expect(imagesOf(chart('db: { enabled: false }', listed(', condition: "x.y, db.enabled"'), [db]))).toEqual(
      [],
    );
    // One that is in charts/ and in no list is loaded, too.
    expect(imagesOf(chart('', '', [db]))).toHaveLength(2);
    expect(imagesOf(chart('global: { imageRegistry: m.example }', listed(''), [db]))).toContain(
      'db.image m.example/db:16',
    );
  });

  it('take what is global above for what is global below, as Helm does', () => {
    const db = sub('db', 'global: { imageRegistry: own.example }\nimage: { repository: db, tag: v1 }');
    const listed = 'dependencies:\n  - { name: db, version: 1.0.0 }\n';
    const below = 'db: { global: { imageRegistry: below.example } }';
    expect(imagesOf(chart('', listed, [db]))).toEqual(['db.image own.example/db:v1']);
    expect(imagesOf(chart(below, listed, [db]))).toEqual(['db.image below.example/db:v1']);
    const both = `${below}\nglobal: { imageRegistry: above.example }`;
    expect(imagesOf(chart(both, listed, [db]))).toEqual(['db.image above.example/db:v1']);
  });

  it.each([
    ['name: [', 'EVIDENCE_MALFORMED'],
    ['version: 1.0.0', 'EVIDENCE_MALFORMED'],
  ])('are not read of a chart whose Chart.yaml is %s', (text, code) => {
    const source = { metadata: Buffer.from(text), values: undefined, subcharts: [] };
    expect(() => readChartImages(source, [], 'a.tgz')).toThrow(expect.objectContaining({ code }) as Error);
  });

  const deep = (levels: number) => `${'a: { '.repeat(levels)}image: x:1${' }'.repeat(levels)}`;
  it('are looked for as deep as values may be, and nothing below that is passed over', () => {
    expect(imagesOf(chart(deep(50)))).toHaveLength(1);
    expect(() => imagesOf(chart(deep(51)))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) as Error,
    );
  });

  it.each(['- a', 'image: [', 'a: 1\na: 2', `a: &a [x]\nb: &b [*a,*a]\nc: ${'[*b,*b],'.repeat(200)}`])(
    'are not read of values that are %s',
    (values) => {
      expect(() => imagesOf(chart(values))).toThrow(VerificationError);
    },
  );
});
