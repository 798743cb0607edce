// What the install script on a VM reads, out of a manifest: node render.mts MANIFEST
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseManifest, renderInstallPlan } from '@podplane/assay/render';

const [file = ''] = process.argv.slice(2);
const bytes = await readFile(file);
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
process.stdout.write(renderInstallPlan(parseManifest(bytes, file), digest));
