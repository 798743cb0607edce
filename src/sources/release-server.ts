/** Source kind `release-server`: folders of files on a web server, and a file that names the newest (dl.k8s.io). */
import { fillTemplate } from '../formats/template.ts';
import { VerificationError } from '../model/errors.ts';
import { releaseMethodNames } from '../verify/registry.ts';
import { releaseArtifactTypes, resolveRelease, type Release } from './release.ts';
import {
  releaseEntrySchema,
  releaseServerSchema,
  type ReleaseEntry,
  type ReleaseServer,
} from './release-spec.ts';
import type { SourceContext, SourceKind } from './source.ts';
import { versionOfTag } from './tag.ts';

const maxLatestBytes = 1024;

export const releaseServerSource: SourceKind<ReleaseServer, ReleaseEntry> = {
  type: 'release-server',
  sourceSchema: releaseServerSchema,
  entrySchema: releaseEntrySchema,
  artifactTypes: releaseArtifactTypes,
  methods: releaseMethodNames,
  movesTogether: true,
  resolve: (source, requests, context) => resolveRelease(() => find(source, context), requests, context),
};

async function find(source: ReleaseServer, { fetcher }: SourceContext): Promise<Release> {
  const url = `${source.uri}/${source.latest}`;
  const tag =
    source.version === undefined
      ? tagIn((await fetcher.get({ url, maxBytes: maxLatestBytes, revalidate: true })).bytes, url)
      : fillTemplate(source.tag, { version: source.version });
  const version = versionOfTag(tag, source.tag, url);
  return {
    version,
    tag,
    folder: (arch) => `${source.uri}/${fillTemplate(source.path, { version, tag, arch })}`,
    watermark: { [url]: tag },
  };
}

function tagIn(bytes: Uint8Array, url: string): string {
  const text = Buffer.from(bytes).toString('latin1').trim();
  if (/^[!-~]{1,100}$/.test(text)) return text;
  throw new VerificationError(
    'EVIDENCE_MALFORMED',
    `${url} does not hold a version: ${JSON.stringify(text.slice(0, 80))}`,
  );
}
