/**
 * A shell script that carries another one compressed: for where user-data has to be text and may not be long. It is decoded
 * into a variable of the shell, never into a file, and has the first one's name and arguments.
 */
import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';

/** Needs gzip and base64 where it runs. The first comment of the script stays. */
export function renderCompressed(script: string): string {
  const [, title = ''] = script.split('\n');
  const packed = gzipSync(Buffer.from(script), { level: 9 }).toString('base64');
  return [
    '#!/bin/sh',
    title,
    '# Written by assay, and compressed. It holds secrets. In place of eval, printf %s shows what it does.',
    'set -eu',
    `script=$(printf %s '${packed}' | base64 -d | gzip -dc)`,
    'eval "$script"',
    'exit 0',
    '',
  ].join('\n');
}
