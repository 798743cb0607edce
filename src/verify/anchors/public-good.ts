/** What keyless methods rest on, by its name in the pins. */
export const publicGood = 'sigstore';
