/**
 * The workflow of a new repository: what assay's own `update-manifests.yml` does, with the action by its name. Who resolves
 * can write nothing to the repository; who writes runs nothing that was built.
 */

/** `action`: what `uses` names. */
export function manifestsWorkflow(action: string): string {
  return `# Resolves the catalogue every working day, and proposes what is new as one pull request. Who resolves can write nothing
# to the repository; who writes runs none of the programs that resolve.
name: manifests
on:
  schedule:
    - cron: '17 5 * * 1-5'
  workflow_dispatch:
permissions: {}
concurrency:
  group: manifests
  cancel-in-progress: false
jobs:
  resolve:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      contents: read
    outputs:
      proposed: \${{ steps.upload.outcome == 'success' }}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      # It fails with what was refused, and what was verified is proposed all the same.
      - id: update
        uses: ${action}
        with:
          command: update
      - id: proposal
        if: \${{ !cancelled() && steps.update.outputs.changed == 'true' }}
        env:
          SUMMARY: \${{ steps.update.outputs.summary }}
        run: |
          # What is wanted and who is trusted are not this job's to change: something else did.
          git diff --exit-code -- manifests/catalogue.yaml trust
          mkdir "$RUNNER_TEMP/proposal"
          cp -R manifests "$RUNNER_TEMP/proposal/"
          cp "$SUMMARY" "$RUNNER_TEMP/proposal/summary.md"
      - id: upload
        if: \${{ !cancelled() && steps.proposal.outcome == 'success' }}
        uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1
        with:
          name: proposal
          path: \${{ runner.temp }}/proposal
          if-no-files-found: error
          retention-days: 7
  propose:
    needs: resolve
    if: \${{ !cancelled() && needs.resolve.outputs.proposed == 'true' }}
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      actions: read # the proposal
      contents: write # the branch
      pull-requests: write
    env:
      GH_TOKEN: \${{ github.token }}
      BRANCH: update-manifests
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - name: Take the manifests and their evidence, and nothing else
        run: |
          gh run download "$GITHUB_RUN_ID" --name proposal --dir "$RUNNER_TEMP/proposal"
          proposed="$RUNNER_TEMP/proposal/manifests"
          # The other job runs code of many people: links, folders and names that no manifest has are not taken.
          strange=$(find "$proposed" ! -type d ! -type f)
          [ -z "$strange" ] || { echo "refused, neither file nor folder: $strange" >&2; exit 1; }
          cmp manifests/catalogue.yaml "$proposed/catalogue.yaml"
          rm -rf manifests/evidence manifests/*.json
          cp "$proposed"/*.json manifests/
          [ ! -d "$proposed/evidence" ] || cp -R "$proposed/evidence" manifests/evidence
          git switch --create "$BRANCH"
          git add --all -- manifests
          others=$(git diff --cached --name-only | grep -Ev '^manifests/([a-z0-9.-]+\\.json|evidence/[a-z0-9./-]+)$' || true)
          [ -z "$others" ] || { echo "refused, no manifest and no evidence: $others" >&2; exit 1; }
          git -c user.name='github-actions[bot]' -c user.email='41898282+github-actions[bot]@users.noreply.github.com' \\
            commit --message 'manifests: what upstreams published'
          git push --force origin "$BRANCH"
      - env:
          TITLE: 'manifests: what upstreams published'
          BASE: \${{ github.ref_name }}
        run: |
          body="$RUNNER_TEMP/proposal/summary.md"
          # GitHub takes 65536 characters.
          if [ "$(wc -c <"$body")" -gt 60000 ]; then
            echo "The summary is too long for this page: see that of run $GITHUB_RUN_ID." >"$body"
          fi
          if [ -n "$(gh pr list --head "$BRANCH" --state open --json number --jq '.[].number')" ]; then
            gh pr edit "$BRANCH" --title "$TITLE" --body-file "$body"
          else
            gh pr create --base "$BASE" --head "$BRANCH" --title "$TITLE" --body-file "$body"
          fi
`;
}
