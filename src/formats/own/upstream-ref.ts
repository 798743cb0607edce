/** What `assay add` is given: where an upstream publishes, and of it what is wanted. */
import { UsageError } from '../../model/errors.ts';
import { httpsUrlSchema } from '../text/https-url.ts';

export type UpstreamRef =
  | { readonly type: 'github'; readonly repository: string; readonly version: string | undefined }
  | { readonly type: 'https'; readonly url: string };

const forms = 'github:OWNER/REPOSITORY[@VERSION], or https://…/FILE';

/** Throws UsageError `USAGE`. */
export function parseUpstreamRef(text: string): UpstreamRef {
  const github =
    /^github:([A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{0,99}[A-Za-z0-9_-])(?:@([A-Za-z0-9@][A-Za-z0-9._+~/@-]{0,99}))?$/.exec(
      text,
    );
  const [, repository, version] = github ?? [];
  if (repository !== undefined) return { type: 'github', repository, version };
  if (text.startsWith('https://')) {
    const url = httpsUrlSchema.safeParse(text).data;
    if (url !== undefined && /^https:\/\/[^/]+\/.*[^/]$/.test(url)) return { type: 'https', url };
  }
  throw new UsageError('USAGE', `${JSON.stringify(text.slice(0, 200))} names no upstream`, {
    hint: `Write ${forms}. Of a server, name the file of one version, for amd64.`,
  });
}

/** A dependency's key and a source's name, as the tool is called. */
export function keyFor(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/-{2,}/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return (/^[a-z]/.test(plain) ? plain : `tool-${plain}`).slice(0, 100);
}
