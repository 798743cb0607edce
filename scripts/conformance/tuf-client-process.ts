/** `tuf-client.ts` as a process. A bug of assay's ends it with 70, which is no refusal to the suite. */
import { runTufClient } from './tuf-client.ts';

try {
  process.exitCode = await runTufClient(process.argv.slice(2));
} catch (error) {
  console.error(error);
  process.exitCode = 70;
}
