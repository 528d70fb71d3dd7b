/** What measures texts; null where nothing can. */
let pen: CanvasRenderingContext2D | null | undefined;

/** How wide a text is in the font of the page, in pixels. */
export function widthOf(text: string, weight: number, size: number): number {
  if (pen === undefined) {
    pen = document.createElement("canvas").getContext("2d");
  }

  if (!pen) {
    return 0;
  }

  pen.font = `${weight} ${size}px ${getComputedStyle(document.documentElement).fontFamily}`;
  return pen.measureText(text).width;
}

/** The longest beginning of a text that fits into so many pixels, as `width` measures it. */
export function cutToWidth(text: string, room: number, width: (text: string) => number): string {
  if (width(text) <= room) {
    return text;
  }

  let fits = 0;
  for (let [low, high] = [1, text.length - 1]; low <= high; ) {
    const middle = Math.floor((low + high) / 2);
    if (width(shortened(text, middle)) <= room) {
      fits = middle;
      low = middle + 1;
    } else {
      high = middle - 1;
    }
  }

  return shortened(text, fits);
}

const shortened = (text: string, length: number) => `${text.slice(0, length).trimEnd()}…`;
