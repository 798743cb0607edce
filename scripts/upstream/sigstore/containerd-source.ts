/** What of containerd's source code is read: where it names the image that every pod's sandbox runs. */
import type { Content } from '../virtual-file.ts';

/** The file of containerd's repository that names the sandbox image, with a trap or two for readers of it. */
export function containerdSource(version: string, sandboxImage: string): Map<string, Content> {
  const text = `package config

const (
	// defaultImagePullProgressTimeoutDuration is the default value of imagePullProgressTimeout.
	defaultImagePullProgressTimeoutDuration = 5 * time.Minute
)

const (
	// DefaultSandboxImage is the default image to use for sandboxes when empty or
	// for default configurations, once DefaultSandboxImage = "registry.k8s.io/pause:3.8".
	DefaultSandboxImage = "${sandboxImage}"
)

var example = \`
DefaultSandboxImage = "registry.k8s.io/pause:3.1"
\`
`;
  const path = `raw.githubusercontent.com/containerd/containerd/v${version}/internal/cri/config/config.go`;
  return new Map([[path, Buffer.from(text)]]);
}
