/** Where things are on a VM: a contract with its install script and its services. */
export const vmPaths = {
  artifacts: '/opt/podplane/artifacts',
  /** Exists once installation is complete. */
  installed: '/opt/podplane/share/vmconfig-installed.json',
  scripts: '/opt/podplane/bin',
  settings: '/opt/podplane/etc',
  identity: '/opt/nstance-agent/identity',
  /** Where cloud-init writes the first-boot script, in a cloud-config. */
  userData: '/opt/podplane/etc/user-data.sh',
} as const;
