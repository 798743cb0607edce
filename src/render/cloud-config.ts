/**
 * A script as cloud-config, for where user-data has to be one: cloud-init writes it to a file that only root reads,
 * and runs it once, at the first boot (`write_files` and `runcmd` of cloud-init's module reference).
 */
import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';

/** Compressed: providers limit user-data to 16 KiB or so. */
export function renderCloudConfig(script: string, path: string): string {
  const content = gzipSync(Buffer.from(script), { level: 9 }).toString('base64');
  const document = {
    write_files: [{ path, owner: 'root:root', permissions: '0700', encoding: 'gz+b64', content }],
    runcmd: [['/bin/sh', path]],
  };
  return `#cloud-config\n${stringify(document, { lineWidth: 0 })}`;
}
