/** What an interrupted run has written of its own files. */
import type { OwnFiles } from '../../model/own-files.ts';

/** `kept`: what stands in the files once what is being written is. */
export function tellingOfWrites(files: OwnFiles): {
  readonly files: OwnFiles;
  readonly kept: () => Promise<string>;
} {
  let isWritten = Promise.resolve(false);
  const replaceAll: OwnFiles['replaceAll'] = async (contents) => {
    const writing = files.replaceAll(contents);
    isWritten = writing.then(
      () => contents.length > 0,
      () => false,
    );
    await writing;
  };
  const kept = async () => ((await isWritten) ? 'the manifests were written' : 'no manifest was changed');
  return { files: { ...files, replaceAll }, kept };
}
