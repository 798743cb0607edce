/** In bytes. What is not larger is hashed where it is, waits for the disk together with others, and is fetched again whole. */
export const smallFileBytes = 256 * 1024;
