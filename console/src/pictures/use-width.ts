import { useCallback, useRef, useState } from 'react';

/** The width of an element in pixels, followed while it is in the document; 0 before it is. */
export const useWidth = (): readonly [ref: (element: Element | null) => void, width: number] => {
  const [width, setWidth] = useState(0);
  const observer = useRef<ResizeObserver>(undefined);
  const ref = useCallback((element: Element | null) => {
    observer.current?.disconnect();
    if (!element) return;
    setWidth(Math.floor(element.getBoundingClientRect().width));
    observer.current = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.current.observe(element);
  }, []);
  return [ref, width];
};
