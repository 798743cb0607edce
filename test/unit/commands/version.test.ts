import { tooWide } from '../../support/json-documents.ts';
import { describe, expect, it } from 'vitest';
import { versionSchema, type VersionDocument } from '../../../src/formats/own/documents/machine.ts';
import { version } from '../../../src/model/version.ts';
import { renderVersion } from '../../../src/render/version.ts';
import { runInProcess } from '../../support/command-in-process.ts';

describe('--version', () => {
  it('with --verbose says what it was built from, and whom it trusts', async () => {
    const { exitCode, stdout, stderr } = await runInProcess(['--version', '--verbose']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^assay ${version}\ncommit: `));
    expect(stdout).toContain(`Node: ${process.versions.node}`);
    expect(stdout).toContain('anchors of this release: trust/pins.yaml');
    expect(stdout).toMatch(/TUF root version [0-9]+, until 20[0-9-]+/);
    expect(stdout).toMatch(/anchors of this folder: trust\/pins\.yaml\n {2}the same\n$/);
  });

  it.each([[['--version', '--json']], [['--json', '--verbose', '--version']]])(
    '%j is one document',
    async (args) => {
      const { exitCode, stdout } = await runInProcess(args);
      expect(exitCode).toBe(0);
      const { schema, ...document } = JSON.parse(stdout) as { schema: string };
      expect(schema).toBe('assay/version/v1');
      const { trust } = versionSchema.parse(document);
      const root = trust[0]?.anchors.find(({ type }) => type === 'sigstore');
      expect(root).toMatchObject({
        status: 'unchanged',
        digest: expect.stringMatching(/^sha256:/) as string,
      });
      expect(root?.learnt).toMatch(/./);
      expect(root?.tufRoot?.version).toBeGreaterThan(1);
    },
  );

  it.each([['--version', '--verbos'], ['--verbose'], ['--version', 'stage', '--json']])(
    '%j %j %j is no such line',
    async (...args) => {
      const { stdout } = await runInProcess(args.filter((arg) => typeof arg === 'string'));
      expect(stdout).not.toContain('anchors of');
    },
  );

  it('fits 40 columns, and says that nobody knows the commit', () => {
    const document: VersionDocument = {
      ...{ version: '1.2.3', isModified: false, node: '26.0.0', platform: 'linux x64' },
      trust: [
        {
          ...{ path: 'trust/pins.yaml', isBundled: true, digest: `sha256:${'0'.repeat(64)}` },
          anchors: [
            {
              name: 'x',
              type: 'openpgp',
              status: 'refused',
              file: 'trust/x.asc',
              learnt: 'words '.repeat(30).trim(),
            },
          ],
        },
      ],
    };
    const lines = renderVersion(document, 40);
    expect(lines).toContain('commit: unknown');
    expect(lines.join('\n')).toContain('refused');
    expect(tooWide(lines, 40)).toEqual([]);
  });
});
