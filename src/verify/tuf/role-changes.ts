/** Who signs for the roles of a TUF repository, and how many have to: what one root changes about the one before it. */
import type { TufKeyReport, TufRoleChange } from '../../model/trust-review.ts';
import { keyText, roleOf, type RoleName, type TufDocument } from './metadata.ts';

const roles: readonly RoleName[] = ['root', 'timestamp', 'snapshot', 'targets'];

/** Of verified roots. Empty where neither a key nor a threshold differs, whatever else does. */
export function compareRoles(
  before: TufDocument<'root'>,
  after: TufDocument<'root'>,
): readonly TufRoleChange[] {
  return roles.flatMap((role) => {
    const [old, young] = [keysOf(before, role), keysOf(after, role)];
    const change: TufRoleChange = {
      role,
      added: without(young, old),
      removed: without(old, young),
      threshold: { before: roleOf(before, role).threshold, after: roleOf(after, role).threshold },
    };
    return hasOtherKeys(change) || change.threshold.before !== change.threshold.after ? [change] : [];
  });
}

export function hasOtherKeys({ added, removed }: TufRoleChange): boolean {
  return added.length + removed.length > 0;
}

/** By what each key is: an ID is only a name for it, and was made anew before. */
type Keys = ReadonlyMap<string, TufKeyReport>;

function keysOf(root: TufDocument<'root'>, role: RoleName): Keys {
  const { keys } = root.metadata.signed;
  return new Map(
    roleOf(root, role).keyIDs.map((id) => {
      const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
      // Sigstore's own field, which other repositories do not have.
      const holder = key?.unrecognizedFields?.['x-tuf-on-ci-keyowner'];
      const report = { id, holder: typeof holder === 'string' ? holder : undefined };
      return [key === undefined ? id : `${key.scheme} ${keyText(key)}`, report];
    }),
  );
}

function without(keys: Keys, others: Keys): readonly TufKeyReport[] {
  return [...keys].filter(([what]) => !others.has(what)).map(([, report]) => report);
}
