/**
 * What a SLSA provenance (versions 0.2 and 1) says itself of the source that was built: repository, ref and commit.
 * Other builders than those of version control systems say nothing of the kind, in these fields or at all.
 */
import { checkEvidence } from './evidence-json.ts';
import { absent, absentAs, anything, known, list, record, text, type Shaped } from './shape.ts';

export interface ProvenanceSource {
  /** Where it says so, for messages. */
  readonly field: string;
  /** `https://github.com/owner/name` */
  readonly repository: string | undefined;
  /** `refs/tags/v1.0.0` */
  readonly ref: string | undefined;
  /** The workflow's file in the repository. */
  readonly path: string | undefined;
  /** Commits. */
  readonly commits: readonly string[];
}

export interface ProvenanceSources {
  /** What was built, or the workflow that built it. */
  readonly built: readonly ProvenanceSource[];
  /** Checked out for the build: the source, and what else it took. */
  readonly resolved: readonly ProvenanceSource[];
}

const resource = known({ uri: absent(text), digest: absentAs(record(anything), {}) });
const resources = absentAs(list(resource), []);

const version02 = known({
  invocation: absent(known({ configSource: absent(resource) })),
  materials: resources,
});

const workflow = known({ repository: absent(text), ref: absent(text), path: absent(text) });
/** The parameters are the builder's own, and another's `workflow` may be anything. */
const mayBeWorkflow: typeof workflow = (value, path) =>
  workflow(typeof value === 'object' && !Array.isArray(value) ? value : {}, path);
const version1 = known({
  buildDefinition: absent(
    known({
      externalParameters: absent(known({ workflow: absent(mayBeWorkflow) })),
      resolvedDependencies: resources,
    }),
  ),
});

/** Of an authenticated statement; `what` is for messages. Throws VerificationError `EVIDENCE_MALFORMED`. */
export function readProvenanceSources(
  { predicateType, predicate }: { readonly predicateType: string; readonly predicate: unknown },
  what: string,
): ProvenanceSources {
  if (predicateType === 'https://slsa.dev/provenance/v0.2') {
    const { invocation, materials } = checkEvidence(version02, predicate ?? {}, what);
    const source = invocation?.configSource;
    return {
      built: source === undefined ? [] : fromResource(source, 'invocation.configSource'),
      resolved: materials.flatMap((one) => (isGit(one) ? fromResource(one, 'materials') : [])),
    };
  }
  if (predicateType === 'https://slsa.dev/provenance/v1') {
    const { buildDefinition } = checkEvidence(version1, predicate ?? {}, what);
    const { repository, ref, path } = buildDefinition?.externalParameters?.workflow ?? {};
    const field = 'buildDefinition.externalParameters.workflow';
    return {
      built: [{ field, repository: repository && bare(repository), ref, path, commits: [] }],
      resolved: (buildDefinition?.resolvedDependencies ?? []).flatMap((one) =>
        isGit(one) ? fromResource(one, 'buildDefinition.resolvedDependencies') : [],
      ),
    };
  }
  return { built: [], resolved: [] };
}

type Resource = Shaped<typeof resource>;

function isGit({ uri }: Resource): boolean {
  return uri?.startsWith('git+') === true;
}

/** `git+https://github.com/owner/name@refs/tags/v1.0.0` (SPDX download location). */
function fromResource({ uri, digest }: Resource, field: string): readonly ProvenanceSource[] {
  if (uri === undefined) return [];
  const [repository = '', ref] = uri.split(/@(.*)/s);
  const commits = [digest['sha1'], digest['gitCommit']].filter((one) => typeof one === 'string');
  return [{ field, repository: bare(repository), ref, path: undefined, commits }];
}

function bare(repository: string): string {
  return repository.replace(/^git\+/, '').replace(/\.git$/, '');
}
