/** The summary of a job on GitHub Actions: a file, named in GITHUB_STEP_SUMMARY, that each step appends Markdown to. */
import { appendFile } from 'node:fs/promises';
import { orUnwritable } from './temporary-file.ts';

/** GitHub drops a step's summary of more than 1 MiB whole. */
const maxBytes = 1 << 20;
const cutNote = '\n\n(cut: the whole of it is in the log)\n';

/** Throws UsageError `FILE_UNWRITABLE`. */
export async function appendStepSummary(path: string, markdown: string): Promise<void> {
  const bytes = Buffer.from(markdown);
  const cut = bytes.subarray(0, maxBytes - cutNote.length);
  const text = bytes.length <= maxBytes ? bytes : Buffer.concat([cut, Buffer.from(cutNote)]);
  await orUnwritable(path, appendFile(path, text));
}
