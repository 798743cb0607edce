/** A chart's archive, from anybody: what is read of it, and what is refused. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readChartArchive } from '../../../../src/commands/shared/chart-archive.ts';
import type { ChartSource } from '../../../../src/formats/upstream/helm-values.ts';
import { makeTarball, type MadeMember } from '../../../support/tarball-maker.ts';

const member = (name: string, content = 'x'): MadeMember => ({ name, content });
const own = [member('app/Chart.yaml', 'own'), member('app/values.yaml', 'v')];

interface Shown {
  readonly metadata: string;
  readonly values: string | undefined;
  readonly subcharts: readonly Shown[];
}
const shown = ({ metadata, values, subcharts }: ChartSource): Shown => ({
  metadata: Buffer.from(metadata).toString(),
  values: values && Buffer.from(values).toString(),
  subcharts: subcharts.map(shown),
});
const read = async (members: readonly MadeMember[]) =>
  readChartArchive(await makeTarball(members), 'app.tgz');

describe("a chart's archive", () => {
  it('has charts in it, as folders and as archives', async () => {
    const deep = await makeTarball([member('x/Chart.yaml', 'deep'), member('x/templates/values.yaml')]);
    const found = await read([
      ...[...own, member('app/templates/a.yaml'), member('app/charts/README.md')],
      ...[member('app/charts/db/Chart.yaml', 'db'), { name: 'app/charts/db/charts/deep.tgz', content: deep }],
      ...[member('app/charts/_old/Chart.yaml'), member('app/charts/.x.tgz')],
    ]);
    const inner = { metadata: 'deep', values: undefined, subcharts: [] };
    expect(shown(found)).toEqual({
      ...{ metadata: 'own', values: 'v' },
      subcharts: [{ metadata: 'db', values: undefined, subcharts: [inner] }],
    });
  });

  it.each<[string, readonly MadeMember[]]>([
    ['none', [member('app/values.yaml')]],
    ['a chart in it that is none', [...own, member('app/charts/db/values.yaml')]],
    ['a file twice', [...own, member('app/values.yaml', 'other')]],
    ['two folders with the same', [...own, member('other/values.yaml', 'other')]],
    ['a link', [own[0]!, { name: 'app/values.yaml', type: 'symlink', linkname: '/etc/passwd' }]],
    ['a name that leads out', [...own, member('app/../../values.yaml')]],
    ['an archive in it that is none', [...own, member('app/charts/db.tgz', 'text')]],
  ])('is refused where it has %s: EVIDENCE_MALFORMED', async (_, members) => {
    await expect(read(members)).rejects.toMatchObject({ code: 'EVIDENCE_MALFORMED' });
  });

  it('is refused where it is larger than Helm would have it, or has no end', async () => {
    const large = [...own, member('app/charts/db/values.yaml', 'x'.repeat((5 << 20) + 1))];
    await expect(read(large)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await expect(readChartArchive(gzipSync(Buffer.alloc((100 << 20) + 1)), 'bomb.tgz')).rejects.toMatchObject(
      {
        code: 'LIMIT_EXCEEDED',
      },
    );
    let nested = await makeTarball(own);
    for (let depth = 0; depth < 10; depth += 1) {
      nested = await makeTarball([...own, { name: 'app/charts/app.tgz', content: nested }]);
    }
    await expect(readChartArchive(nested, 'nested.tgz')).rejects.toMatchObject({
      code: 'EVIDENCE_MALFORMED',
    });
  });
});
