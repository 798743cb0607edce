/** What a job of GitHub Actions shows of a run: `GITHUB_STEP_SUMMARY` names the file. */
import { appendStepSummary } from '../../io/step-summary.ts';
import { AssayError } from '../../model/errors.ts';
import { renderErrorMarkdown } from '../../render/markdown.ts';
import type { Host } from './host.ts';

/** Throws UsageError `FILE_UNWRITABLE`: last of all, so that what was done has been said. */
export async function writeStepSummary({ env }: Host, render: () => string): Promise<void> {
  const file = env['GITHUB_STEP_SUMMARY'] ?? '';
  if (file !== '') await appendStepSummary(file, render());
}

/** A run that ends before it has a result is told of as well. Throws what `run` does. */
export async function summarizingFailure(title: string, host: Host, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof AssayError) {
      // What the run failed by counts more than that it could not be written here.
      const render = () => renderErrorMarkdown(title, error, host.hintFor(error));
      await writeStepSummary(host, render).catch(() => undefined);
    }
    throw error;
  }
}
