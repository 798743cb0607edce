/** Published manifests, written by Go: reading and writing them changes no byte. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestFileName, parseManifest, renderManifest } from '../../src/formats/own/manifest.ts';

const corpus = process.env['ASSAY_CORPUS'] ?? '';

describe('published manifests', () => {
  if (corpus === '') {
    it('SKIPPED, nothing was tested: ASSAY_CORPUS is unset', () => {
      expect(corpus).toBe('');
    });
    return;
  }

  const folder = join(corpus, 'manifests');
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

  it('are there', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it.each(files)('%s comes out as it went in', (name) => {
    const bytes = readFileSync(join(folder, name));
    const manifest = parseManifest(bytes, name);
    const { kind, os } = manifest.vmconfig;
    expect(manifestFileName(kind, os.name, os.arch)).toBe(name);
    expect(Buffer.from(renderManifest(manifest)).equals(bytes)).toBe(true);
  });
});
