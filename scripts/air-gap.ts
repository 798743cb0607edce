/**
 * The parts of `make air-gap`, once there is a root: air-gap.ts fill|boot WORK. `fill` has the upstreams, `boot` is run where
 * there is no network but a loopback. All that assay does is the built command's, as a user would run it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { fillSite } from './air-gap/fill.ts';
import { bootRoot } from './air-gap/root.ts';
import { startSite } from './air-gap/site.ts';
import { exec } from './real-servers/programs.ts';

const [step = '', work = ''] = process.argv.slice(2);

/** Nothing but the loopback, and nobody beyond it who could be asked. */
async function requireNoNetwork(): Promise<void> {
  const { stdout } = await exec('ip', ['-brief', 'link']);
  if (!/^lo\s[^\n]*\n$/.test(stdout)) throw new Error(`there is a network:\n${stdout}`);
  const code = await new Promise<string>((resolve, reject) => {
    const socket = createConnection({ host: '198.51.100.1', port: 443 });
    socket.on('connect', () => reject(new Error('somebody answers')));
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
  if (code !== 'ENETUNREACH') throw new Error(`the network is not cut: ${code}`);
  console.log('air-gap: no network but lo');
}

if (step === 'fill') {
  const filled = await fillSite(work);
  await writeFile(join(work, 'filled.json'), JSON.stringify(filled));
} else {
  await requireNoNetwork();
  const filled = JSON.parse(await readFile(join(work, 'filled.json'), 'utf8')) as Parameters<
    typeof startSite
  >[1];
  const site = await startSite(work, filled);
  try {
    for (const [name, way] of Object.entries(site.ways)) await bootRoot(work, name, way, site);
    console.log('air-gap: PASSED: from an empty disk, by mirror, by registry and by S3');
  } finally {
    await site.close();
  }
}
