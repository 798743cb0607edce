import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { buildDeb, type PackageSpec } from '../../../../scripts/upstream/deb-package.ts';

const spec: PackageSpec = {
  package: 'uidmap',
  source: 'shadow',
  version: '1:4.17.4-2',
  architecture: 'arm64',
  fields: { Depends: 'libc6 (>= 2.38)' },
  payloadBytes: 1001,
};

/** An ar archive's members, read as ar(5) says. */
function readAr(bytes: Buffer): Map<string, Buffer> {
  expect(bytes.toString('latin1', 0, 8)).toBe('!<arch>\n');
  const members = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length;) {
    const size = Number(bytes.toString('latin1', at + 48, at + 58));
    expect(bytes.toString('latin1', at + 58, at + 60)).toBe('`\n');
    members.set(bytes.toString('latin1', at, at + 16).trim(), bytes.subarray(at + 60, at + 60 + size));
    at += 60 + size + (size % 2);
  }
  return members;
}

async function readTar(bytes: Buffer): Promise<Map<string, Buffer>> {
  const archive = extract();
  archive.end(gunzipSync(bytes));
  const files = new Map<string, Buffer>();
  for await (const entry of archive) {
    files.set(entry.header.name, await buffer(entry));
  }
  return files;
}

describe('buildDeb', () => {
  it('holds the three members in their order', async () => {
    const members = readAr(await buildDeb(spec));
    expect([...members.keys()]).toEqual(['debian-binary', 'control.tar.gz', 'data.tar.gz']);
    expect(members.get('debian-binary')!.toString()).toBe('2.0\n');
  });

  it('says in control what it was told', async () => {
    const members = readAr(await buildDeb(spec));
    const control = (await readTar(members.get('control.tar.gz')!)).get('./control')!.toString();
    expect(control).toMatch(/^Package: uidmap\nSource: shadow\nVersion: 1:4\.17\.4-2\nArchitecture: arm64\n/);
    expect(control).toContain('\nDepends: libc6 (>= 2.38)\n');
  });

  it('has a payload of the size asked for, in folders of its own', async () => {
    const data = await readTar(readAr(await buildDeb(spec)).get('data.tar.gz')!);
    expect([...data.keys()]).toEqual([
      './',
      './usr/',
      './usr/share/',
      './usr/share/uidmap/',
      './usr/share/uidmap/payload',
    ]);
    expect(data.get('./usr/share/uidmap/payload')).toHaveLength(1001);
  });

  it('is the same bytes every time, and others for another version or architecture', async () => {
    const first = await buildDeb(spec);
    expect((await buildDeb({ ...spec })).equals(first)).toBe(true);
    expect((await buildDeb({ ...spec, version: '1:4.17.4-3' })).equals(first)).toBe(false);
    expect((await buildDeb({ ...spec, architecture: 'amd64' })).equals(first)).toBe(false);
  });

  it('is read by dpkg-deb, where that is installed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-deb-'));
    try {
      const file = join(folder, 'uidmap.deb');
      writeFileSync(file, await buildDeb(spec));
      const field = spawnSync('dpkg-deb', ['--field', file, 'Version'], { encoding: 'utf8' });
      if (field.error !== undefined) {
        expect(field.error).toHaveProperty('code', 'ENOENT');
        return;
      }
      expect([field.status, field.stdout, field.stderr]).toEqual([0, '1:4.17.4-2\n', '']);
      const contents = spawnSync('dpkg-deb', ['--contents', file], { encoding: 'utf8' });
      expect(contents.stdout).toMatch(/root\/root +1001 2026-01-01 .* \.\/usr\/share\/uidmap\/payload\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
