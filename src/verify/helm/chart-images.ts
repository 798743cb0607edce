/** The images that a chart names in its values, compared with those that a manifest pins: by repository, tag and digest. */
import type { ManifestImage } from '../../formats/own/manifest-schema.ts';
import type { ChartContent, ValuesImage } from '../../formats/upstream/helm-values.ts';
import { isRegistry, isRepository, parseTaggedReference } from '../../formats/upstream/image-reference.ts';
import { PolicyError } from '../../model/errors.ts';

export interface ChartImageVerdict {
  readonly image: ValuesImage;
  /** As people write it. */
  readonly reference: string;
  /** By which of the manifest's images; undefined where `error` says why there is none. */
  readonly pinned: ManifestImage | undefined;
  readonly error: PolicyError | undefined;
}

export interface ChartComparison {
  readonly verdicts: readonly ChartImageVerdict[];
  /** Pinned, and not named by the chart: nothing is wrong with that. */
  readonly others: readonly ManifestImage[];
}

/** `manifest`: its file, for messages. The chart has been compared with its digest. */
export function compareChartImages(
  chart: ChartContent,
  pinned: readonly ManifestImage[],
  manifest: string,
): ChartComparison {
  const verdicts = chart.images.map((image) => judge(image, chart, pinned, manifest));
  const used = new Set(verdicts.map((verdict) => verdict.pinned));
  return { verdicts, others: pinned.filter((one) => !used.has(one)) };
}

function judge(
  image: ValuesImage,
  chart: ChartContent,
  all: readonly ManifestImage[],
  manifest: string,
): ChartImageVerdict {
  const { repository, tag, digest, path } = image;
  const reference = `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  const refuse = (what: string, hint: string, found?: readonly string[]): ChartImageVerdict => ({
    ...{ image, reference, pinned: undefined },
    error: new PolicyError(
      'CROSS_CHECK_FAILED',
      `${chart.name} ${chart.version} wants ${reference} (${path} of its values), ${what}`,
      { hint, context: { image: reference, path, found } },
    ),
  });
  const name = nameOf(repository);
  if (name === undefined) {
    return refuse('which names no repository', 'Say with --chart-values what it becomes.');
  }
  if (digest === undefined && (tag === undefined || tag === 'latest')) {
    const hint = 'It would be whatever was pushed last: give it a tag or a digest with --chart-values.';
    return refuse('which is no version', hint);
  }
  const same = all.filter((one) => nameOf(one.image.slice(0, one.image.lastIndexOf(':'))) === name);
  if (same.length === 0) {
    return refuse(`and no entry of ${manifest} pins it`, 'Add an entry for it to the catalogue.');
  }
  const right = same.find((one) =>
    digest === undefined ? tagOf(one) === tag : digest === one.index || digest === one.digest,
  );
  if (right !== undefined) return { image, reference, pinned: right, error: undefined };
  const found = same.map((one) => (digest === undefined ? tagOf(one) : (one.index ?? one.digest)));
  const hint = 'Pin what the chart was made for, or say with --chart-values what is deployed.';
  return refuse(`and ${manifest} pins ${found.join(' and ')}`, hint, found);
}

function tagOf({ image }: ManifestImage): string {
  return parseTaggedReference(image).tag;
}

/** With its registry, also where that is left to be understood. Undefined for what is no name. */
function nameOf(repository: string): string | undefined {
  const { registry, repository: path } = parseTaggedReference(`${repository}:0`);
  const isHost = registry === 'localhost' || isRegistry(registry);
  return isHost && isRepository(path) ? `${registry}/${path}` : undefined;
}
