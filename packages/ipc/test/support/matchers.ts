import { expect } from 'vitest';

/** Vitest's own answer `any`. */
export const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
export const containing = (text: string): unknown => expect.stringContaining(text);
