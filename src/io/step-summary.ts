/** What a job of GitHub Actions shows of itself: Markdown, appended to the file that the runner names. */
import { appendFile } from 'node:fs/promises';
import { UsageError } from '../model/errors.ts';

/** Throws UsageError `FILE_UNWRITABLE`. */
export async function appendStepSummary(file: string, markdown: string): Promise<void> {
  try {
    await appendFile(file, `${markdown}\n`);
  } catch (error) {
    throw new UsageError('FILE_UNWRITABLE', `GITHUB_STEP_SUMMARY: ${file} cannot be written`, {
      hint: 'Unset the variable where there is no runner.',
      cause: error,
    });
  }
}
