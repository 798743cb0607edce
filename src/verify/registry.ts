/** Every verification method, by the name that the catalogue uses. */
import { aptVerificationSchema } from './apt-spec.ts';

export const verificationSchemas = { apt: aptVerificationSchema };
