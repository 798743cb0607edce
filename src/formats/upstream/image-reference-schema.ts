/** The parts of an image reference in a file. */
import { z } from 'zod';
import {
  isFullHost,
  maxPartLength,
  registryPattern,
  repositoryPattern,
  repositoryReferencePattern,
} from './image-reference.ts';

/** A host's name, and a port where it is not that of HTTPS. */
export const registrySchema = z
  .string()
  .max(maxPartLength)
  .regex(registryPattern, { error: 'must be the host name of a registry, without a scheme' })
  .refine(isFullHost, { error: 'must be a full host name, such as registry.k8s.io' });

/** Below a registry. */
export const repositorySchema = z
  .string()
  .max(maxPartLength)
  .regex(repositoryPattern, { error: 'must be a repository, in lower case: team/project' });

/** Both, as a signature names them. */
export const repositoryReferenceSchema = z.string().max(512).regex(repositoryReferencePattern, {
  error: 'must be a registry and a repository: registry.k8s.io/pause',
});
