/** What is tried whole: framing, binding, identity and policy. Globs, relative to the project's root. */
export const whole: readonly string[] = [
  'src/verify/openpgp/{armor,frame-cleartext,packets,key-block,pin,judge-signature}.ts',
  'src/verify/apt/{release,stanza,suite}.ts',
  'src/verify/sigstore/{any-of,checkpoint,der,digest-signature,entry-body,identity,in-toto,log-entry}.ts',
  'src/verify/sigstore/{signed-times,source-agreement,subject,verify-bundle,vouch}.ts',
  'src/verify/sigstore/x509/extensions.ts',
  'src/verify/image/{cosign-signature,find-signature,image-content,image-manifest,platform}.ts',
  'src/verify/methods/{identity-spec,left-open,minisign}.ts',
  'src/verify/sbom/*.ts',
  'src/verify/{digest,mint,naming,pinned}.ts',
  'src/formats/upstream/shape.ts',
];
