/** What `assay add` is given: where an upstream publishes, and of it what is wanted. */
import { UsageError } from '../../model/errors.ts';
import { httpsUrlSchema } from '../text/https-url.ts';
import { type Repository } from '../upstream/image-reference.ts';
import { registrySchema, repositorySchema } from '../upstream/image-reference-schema.ts';

export type UpstreamRef =
  | { readonly type: 'github'; readonly repository: string; readonly version: string | undefined }
  | { readonly type: 'https'; readonly url: string }
  | { readonly type: 'oci'; readonly repository: Repository; readonly tag: string | undefined }
  | {
      readonly type: 'helm';
      /** `https://…`, or `oci://…` without the chart. */
      readonly repository: string;
      readonly chart: string;
      readonly version: string | undefined;
    }
  | { readonly type: 'apt'; readonly suite: string; readonly package: string };

const forms =
  'github:OWNER/REPOSITORY[@VERSION], https://…/FILE, oci://REGISTRY/REPOSITORY[:TAG], helm:https://…/CHART[@VERSION], ' +
  'helm:oci://REGISTRY/REPOSITORY/CHART[@VERSION], or apt:SUITE/PACKAGE';

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
  const other = ociRef(text) ?? helmRef(text) ?? aptRef(text);
  if (other !== undefined) return other;
  throw new UsageError('USAGE', `${JSON.stringify(text.slice(0, 200))} names no upstream`, {
    hint: `Write ${forms}. Of a server, name the file of one version, for amd64.`,
  });
}

function ociRef(text: string): UpstreamRef | undefined {
  const [, registry, path, tag] =
    /^oci:\/\/([^/]+)\/([^:@]+)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?$/.exec(text) ?? [];
  const repository = repositoryOf(registry, path);
  return repository && { type: 'oci', repository, tag };
}

function helmRef(text: string): UpstreamRef | undefined {
  const [, place = '', chart = '', version] =
    /^helm:((?:https|oci):\/\/[^@]+)\/([a-z0-9][a-z0-9._-]{0,99})(?:@([A-Za-z0-9][A-Za-z0-9.+-]{0,99}))?$/.exec(
      text,
    ) ?? [];
  const [, registry, path] = /^oci:\/\/([^/]+)\/(.+)$/.exec(place) ?? [];
  const isPlace = place.startsWith('oci:')
    ? repositoryOf(registry, path) !== undefined
    : httpsUrlSchema.safeParse(place).data === place;
  return isPlace ? { type: 'helm', repository: place, chart, version } : undefined;
}

/** Of a flat repository the suite ends with a slash, as in sources.list(5): `apt:.//PACKAGE`. */
function aptRef(text: string): UpstreamRef | undefined {
  const [, suite, name] =
    /^apt:([A-Za-z0-9./][A-Za-z0-9.+~_/-]{0,198})\/([a-z0-9][a-z0-9+.-]{1,199})$/.exec(text) ?? [];
  if (suite === undefined || name === undefined || /(?:^|\/)\.\.(?:\/|$)/.test(suite)) return undefined;
  return { type: 'apt', suite, package: name };
}

function repositoryOf(registry: string | undefined, path: string | undefined): Repository | undefined {
  const host = registrySchema.safeParse(registry).data;
  const repository = repositorySchema.safeParse(path).data;
  return host === undefined || repository === undefined ? undefined : { registry: host, repository };
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
