/** Where assay on purpose does otherwise than tuf-conformance wants: by the test's name. */
import type { Reasons } from './tally.ts';

const noDelegations = 'no delegated role is ever asked: the targets role itself has to sign for the file';
const plainNames = 'a target is a plain file name, in no directory: pins.yaml has no other';
const noCache =
  'what is newest is fetched and judged anew in each run: of earlier ones the roots and the versions are kept, and nothing else';

export const tufReasons: Reasons = {
  test_timestamp_content_changes:
    'of a timestamp the version is kept, and not the content: another of the same version, by the same keys, is judged like any',
  test_client_downloads_expected_file_in_sub_dir: plainNames,
  test_artifact_cache: noCache,
  test_delegation_not_in_snapshot: `the file is refused as it should be, and yet: ${noCache}`,
  test_targets_role_removal: `of a snapshot the version of the targets counts, and no other: ${noDelegations}`,
  test_unusual_role_name: noDelegations,
  'test_static_repository[tuf-on-ci-0.11]': `its file is a delegated role's: ${noDelegations}`,
  test_graph_traversal: noDelegations,
  ...Object.fromEntries(
    [
      ...['targetpath matches wildcard', 'targetpath with separators x', 'targetpath with separators y'],
      ...[
        'targetpath is not delegated by all roles in the chain',
        'targetpath matches question mark wildcard',
      ],
    ].map((name) => [`test_targetfile_search[${name}]`, noDelegations]),
  ),
};
