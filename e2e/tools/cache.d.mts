export function cacheFor(name: string): string;
