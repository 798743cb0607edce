/**
 * `verify --upstream`: is what was vouched for still there, and do those who vouched for it still say the same? Of every
 * entry the question of its proof is asked again, its evidence fetched anew, by the sources and methods that answered it.
 * No artifact is downloaded: servers are asked for sizes, and evidence for digests.
 */
import {
  upstreamExitCodes,
  worstFirst,
  type UpstreamEntry,
  type UpstreamFinding,
  type UpstreamVerdicts,
} from '../../formats/own/upstream-verdicts.ts';
import type { ManifestEntry } from '../../formats/own/manifest-entries.ts';
import { AssayError } from '../../model/errors.ts';
import type { Described } from '../../model/ports.ts';
import { failed } from '../../sources/failed.ts';
import { staleSources, staleText } from '../shared/stale-sources.ts';
import { askAgain, type AgainContext } from './ask-again.ts';
import { differences } from './kept-question.ts';
import { planOf, type Planned } from './plan.ts';
import type { ReadManifest } from './read-manifests.ts';
import {
  aboutFile,
  aboutNewest,
  aboutVersion,
  findingOf,
  isAnswerAbout,
  type Subject,
} from './upstream-findings.ts';
import { refusalOfFaults } from './verdict.ts';

type Told = Pick<UpstreamEntry, 'findings' | 'newer'>;

/** What is wrong with an entry, or with upstream, is among the findings: never thrown. */
export async function verifyUpstream(
  manifests: readonly ReadManifest[],
  context: AgainContext,
): Promise<UpstreamVerdicts> {
  const given = manifests.map(({ file, manifest, evidence }) => ({
    file,
    standing: planOf(manifest, evidence)
      .filter(isStanding)
      .map((plan) => ({ plan, subject: subjectOf(plan) })),
  }));
  const subjects = new Map<string, Subject>();
  for (const { subject } of given.flatMap(({ standing }) => standing)) {
    if (subject !== undefined && !(subject instanceof AssayError)) subjects.set(keyOf(subject), subject);
  }
  const told = await tellOf(subjects, context);
  const dated = [...subjects.values()].map(({ asked: { source, wanted }, evidence }) => ({
    asked: [source, wanted.entry],
    evidence,
  }));
  for (const one of staleSources(dated, context.now)) context.reporter.warn(staleText(one));
  const judged = given.map(({ file, standing }) => ({
    file,
    entries: standing.map(({ plan, subject }) => entryOf(plan, toldOf(subject, told))),
  }));
  const codes = judged.flatMap(({ entries }) => entries.map(({ verdict }) => upstreamExitCodes[verdict]));
  const exitCode = ([5, 4, 3] as const).find((code) => codes.includes(code)) ?? 0;
  return { version: 1, judgedAt: context.now.toISOString(), exitCode, manifests: judged };
}

/** What stands in a manifest, and so upstream can be asked about. */
type Standing = Planned & { readonly entry: ManifestEntry };

function isStanding(plan: Planned): plan is Standing {
  return plan.entry !== undefined;
}

function keyOf({ entry, evidence }: Subject): string {
  return JSON.stringify([entry, evidence]);
}

/** Undefined for the stub, which nobody vouches for. */
function subjectOf({ entry, evidence, question, refusal }: Standing): Subject | AssayError | undefined {
  if (refusal !== undefined) return refusal.error;
  if (evidence === undefined || question === undefined) return undefined;
  try {
    const { version, size: sizeBytes } = evidence;
    const faults = differences(entry, evidence, question, question.expect({ version, sizeBytes }));
    if (faults.length > 0) return refusalOfFaults(faults, 'entry').error;
    return { asked: question, version, entry, evidence };
  } catch (error) {
    return failed(error).error;
  }
}

/** What is refused here is refused, whatever another manifest that has the same is told. */
function toldOf(subject: Subject | AssayError | undefined, told: ReadonlyMap<string, Told>): Told {
  if (subject instanceof AssayError) return { findings: [findingOf('refused', subject)] };
  if (subject === undefined) return { findings: [] };
  const found = told.get(keyOf(subject));
  if (found === undefined) throw new TypeError(`no answer about ${subject.entry.url}`);
  return found;
}

function entryOf({ name, slot, entry }: Standing, told: Told): UpstreamEntry {
  const { version, url, digest } = entry;
  const verdict = told.findings[0]?.verdict ?? (slot === 'stub' ? 'stub' : 'same');
  return { name, version, url, digest, verdict, ...told };
}

/** First what a run would take now; then, where that is something else, whether the version that is known is there. */
async function tellOf(
  subjects: ReadonlyMap<string, Subject>,
  context: AgainContext,
): Promise<ReadonlyMap<string, Told>> {
  const all = [...subjects.values()];
  const newest = await askAgain(all.filter(leavesOpen), false, context);
  const others = all.filter((one) => !isAnswerAbout(newest.get(one), one.version));
  const fixed = await askAgain(others, true, context);
  const files = await Promise.all(all.map((one) => describe(one, context)));
  return new Map(
    [...subjects].map(([key, subject], at) => {
      const open = newest.get(subject);
      const own = fixed.get(subject) ?? open;
      if (own === undefined) throw new TypeError(`no answer about ${subject.evidence.url}`);
      const file = files[at];
      return [
        key,
        together(
          aboutVersion(subject, own),
          aboutNewest(subject, open),
          file === undefined ? [] : aboutFile(subject, file),
        ),
      ];
    }),
  );
}

function together(version: readonly UpstreamFinding[], newest: Told, file: readonly UpstreamFinding[]): Told {
  const { newer } = newest;
  const isReplaced = newer !== undefined || version.some(({ verdict }) => verdict === 'superseded');
  // An index has the newest of each suite: beside that, it is no news that it lacks this one, or has an older one, too.
  const own = newer === undefined ? version : version.filter(({ code }) => code !== 'VERSION_UNAVAILABLE');
  const others = newest.findings.filter(({ code }) => !isReplaced || code !== 'VERSION_DOWNGRADED');
  const findings = [...worstFirst(distinct([...own, ...others, ...file]))];
  return { ...(newer === undefined ? {} : { newer }), findings };
}

/** A catalogue that names or holds a version does not ask for a newer one. */
function leavesOpen({ asked: { source, wanted } }: Subject): boolean {
  const said: { readonly version?: string; readonly versions?: { readonly hold?: string } }[] = [
    source,
    wanted.entry,
  ];
  return said.every(({ version, versions }) => version === undefined && versions?.hold === undefined);
}

/** A package's index says how large it is: whether it is there, only its server does. Of others, their source has asked. */
async function describe(
  { entry: { url, type } }: Subject,
  { fetcher, reporter }: AgainContext,
): Promise<Described | AssayError | undefined> {
  if (type !== 'deb') return undefined;
  reporter.step(`asking for the size of ${url}`);
  try {
    return await fetcher.describe({ url, needsSize: true });
  } catch (error) {
    return failed(error).error;
  }
}

/** One failure may be the answer to both questions, with another of several URLs in it: its first meaning counts. */
function distinct(findings: readonly UpstreamFinding[]): readonly UpstreamFinding[] {
  const found = new Map<string, UpstreamFinding>();
  for (const one of findings) {
    const key = one.code ?? one.message;
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}
