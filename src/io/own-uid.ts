/** Whose this process is: not by name, which a user in a container need not have. */
// eslint-disable-next-line no-restricted-imports -- it says who runs it, and nothing of its environment
import { geteuid } from 'node:process';

/** Undefined where the system has no such numbers. */
export function ownUid(): number | undefined {
  return geteuid?.();
}
