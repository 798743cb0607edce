/**
 * What is publicly known to be wrong with versions of a package, by OSV's format (https://ossf.github.io/osv-schema/).
 * Nobody signs it: it is a reason to hurry with an update, or to wait, and never one to believe an artifact.
 */
import type { AssayError } from './errors.ts';

/** A package as OSV names it: `Debian:13` and its source package, `Go` and a module's path. */
export interface OsvPackage {
  readonly ecosystem: string;
  readonly name: string;
}

/** The words of GitHub's advisories. The worst first. */
export const severities = ['CRITICAL', 'HIGH', 'MODERATE', 'LOW'] as const;

export type Severity = (typeof severities)[number];

/** One vulnerability, whichever databases have a record of it. What is said in it is a stranger's text. */
export interface Advisory {
  readonly id: string;
  /** The same vulnerability's names elsewhere. */
  readonly aliases: readonly string[];
  readonly summary: string;
  /** Undefined where no record has a word for it. */
  readonly severity: Severity | undefined;
  readonly url: string;
}

/** What is known of one change. Only the first kind says that there is nothing, by lists that are empty. */
export type AdvisoryFinding =
  | {
      readonly status: 'looked-up';
      /** They affect what was, and not what is. The worst first, as in the other lists. */
      readonly fixes: readonly Advisory[];
      /** They affect what is, and not what was. */
      readonly brings: readonly Advisory[];
      /** They name the package, and not so that it can be said which versions. */
      readonly undecided: readonly Advisory[];
    }
  | { readonly status: 'not-looked-up'; readonly reason: string }
  | { readonly status: 'failed'; readonly error: AssayError };
