import { Component, useState } from "@odoo/owl";
import { loadJS } from "@web/core/assets";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { loadPDFJSAssets } from "@web/core/utils/pdfjs";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

// The code stands at the end of the form; nobody scans a book into one.
const MOST_PAGES = 5;
// In dots. A code that is missed at one size is found at another; the larger ones miss more.
const WIDTHS = [1000, 700, 1500];
// In degrees. Of codes that stand quite straight the library misses three in a hundred, whatever
// their size; turned a little, hardly any.
const TURNS = [0, 7];

function draw(width, height, paint) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(width), Math.round(height)];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    return Promise.resolve(paint(context)).then(() => canvas);
}

function turn(canvas, degrees) {
    const { width, height } = canvas;
    const room = Math.abs(Math.sin((degrees * Math.PI) / 180)) * Math.max(width, height);
    return draw(width + room, height + room, (context) => {
        context.fillStyle = "white";
        context.fillRect(0, 0, width + room, height + room);
        context.translate((width + room) / 2, (height + room) / 2);
        context.rotate((degrees * Math.PI) / 180);
        context.drawImage(canvas, -width / 2, -height / 2);
    });
}

async function* drawPages(url) {
    await loadPDFJSAssets();
    globalThis.pdfjsLib.GlobalWorkerOptions.workerSrc ||= "/web/static/lib/pdfjs/build/pdf.worker.js";
    const pdf = await globalThis.pdfjsLib.getDocument(url).promise;
    for (let number = pdf.numPages; number > Math.max(0, pdf.numPages - MOST_PAGES); number--) {
        const page = await pdf.getPage(number);
        for (const width of WIDTHS) {
            const scale = width / page.getViewport({ scale: 1 }).width;
            const viewport = page.getViewport({ scale });
            yield await draw(
                viewport.width,
                viewport.height,
                (canvasContext) => page.render({ canvasContext, viewport }).promise
            );
        }
    }
}

async function* drawImage(url) {
    const image = new Image();
    image.src = url;
    await image.decode();
    for (const most of WIDTHS) {
        const scale = Math.min(1, most / image.naturalWidth);
        const [width, height] = [image.naturalWidth * scale, image.naturalHeight * scale];
        yield await draw(width, height, (context) => context.drawImage(image, 0, 0, width, height));
    }
}

/** Return what the QR code on a picture says, or nothing where there is none to read. */
function decode({ ZXing }, canvas) {
    const reader = new ZXing.MultiFormatReader();
    const hints = new Map([
        [ZXing.DecodeHintType.POSSIBLE_FORMATS, [ZXing.BarcodeFormat.QR_CODE]],
        [ZXing.DecodeHintType.TRY_HARDER, true],
    ]);
    const source = new ZXing.HTMLCanvasElementLuminanceSource(canvas);
    for (const Binarizer of [ZXing.GlobalHistogramBinarizer, ZXing.HybridBinarizer]) {
        try {
            return reader.decode(new ZXing.BinaryBitmap(new Binarizer(source)), hints).getText();
        } catch {
            continue;
        }
    }
    return "";
}

/** Reads the number of a printed form from the QR code on its scan, in the browser. */
export class SocialReadCode extends Component {
    static template = "social_consent_monitoring.ReadCode";
    static props = { ...standardWidgetProps };

    setup() {
        this.notification = useService("notification");
        this.state = useState({ isReading: false });
    }

    async onClick() {
        this.state.isReading = true;
        try {
            await this.read();
        } finally {
            this.state.isReading = false;
        }
    }

    async read() {
        await loadJS("/web/static/lib/zxing-library/zxing-library.js");
        for (const file of this.props.record.data.attachment_ids.records) {
            const code = await this.readFile(file).catch((error) => {
                // Whatever is no picture and no PDF; whoever wonders finds here why.
                console.warn("The file cannot be read:", error);
                return "";
            });
            if (code) {
                return this.props.record.update({ form_number: code.split("/").pop() });
            }
        }
        this.notification.add(
            _t("No code was found. Type in the number that stands below it, or choose the versions."),
            { type: "warning" }
        );
    }

    async readFile(file) {
        // What kind of file it is the server says: the form may not know yet.
        const scan = await (await fetch(`/web/content/${file.resId}`)).blob();
        const url = URL.createObjectURL(scan);
        try {
            const isPdf = scan.type === "application/pdf";
            for await (const canvas of isPdf ? drawPages(url) : drawImage(url)) {
                for (const degrees of TURNS) {
                    const code = decode(globalThis, await turn(canvas, degrees));
                    if (code) {
                        return code;
                    }
                }
            }
        } finally {
            URL.revokeObjectURL(url);
        }
        return "";
    }
}

registry.category("view_widgets").add("social_read_code", {
    component: SocialReadCode,
});
