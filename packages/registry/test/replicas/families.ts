import type { Family, KeyListener } from '../../src/replicas/family.js';

/** A family of two processes that hear of each other at once. */
export function createFamilies(): [Family, Family] {
  const listeners = [new Map<string, KeyListener>(), new Map<string, KeyListener>()] as const;
  const member = (own: Map<string, KeyListener>, other: Map<string, KeyListener>): Family => {
    const tell = (key: string, act: (listener: KeyListener, bare: string) => void): void => {
      const colon = key.indexOf(':');
      const listener = other.get(key.slice(0, colon));
      if (listener !== undefined) act(listener, key.slice(colon + 1));
    };
    return {
      id: 'a family',
      claim(key) {
        tell(key, (listener, bare) => listener.hold(bare));
        return Promise.resolve(() => tell(key, (listener, bare) => listener.release(bare)));
      },
      tell: (key) => tell(key, (listener, bare) => listener.forget(bare)),
      listen: (kind, listener) => void own.set(kind, listener),
      ownsUpload: () => true,
    };
  };
  const [first, second] = listeners;
  return [member(first, second), member(second, first)];
}
