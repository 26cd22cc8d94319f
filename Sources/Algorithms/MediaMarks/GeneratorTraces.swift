// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Recognises programs that make pictures by what they leave in files. The answer is a name from the tables here, never a piece of
/// the file: prompts may name people.
enum GeneratorTraces {
    /// Longer texts are searched so far only; settings come first or soon.
    private static let searched = 256 << 10

    /// Names that programs give of themselves, in small letters, the more exact before the others.
    private static let programs: [(trace: [UInt8], name: String)] = [
        ("novelai", "novelai"), ("comfyui", "comfyui"), ("invokeai", "invokeai"), ("invoke ai", "invokeai"),
        ("swarmui", "swarmui"), ("fooocus", "fooocus"), ("easy diffusion", "easy-diffusion"), ("draw things", "draw-things"),
        ("automatic1111", "a1111"), ("stable diffusion web", "a1111"), ("sd.next", "sd-next"), ("diffusionbee", "diffusionbee"),
        ("mochi diffusion", "mochi-diffusion"), ("stable diffusion", "stable-diffusion"),
        ("stable-diffusion", "stable-diffusion"), ("stablediffusion", "stable-diffusion"), ("stability ai", "stability-ai"),
        ("stability_ai", "stability-ai"), ("midjourney", "midjourney"), ("dall-e", "dall-e"), ("dall·e", "dall-e"),
        ("adobe firefly", "adobe-firefly"), ("adobe_firefly", "adobe-firefly"), ("google ai", "google-ai"),
        ("google generative ai", "google-ai"), ("imagined with ai", "meta-ai"), ("meta ai", "meta-ai"),
        ("bing image creator", "bing-image-creator"), ("gpt-image", "openai"), ("gpt-4o", "openai"), ("chatgpt", "openai"),
        ("openai", "openai"), ("leonardo.ai", "leonardo"), ("ideogram", "ideogram"), ("runwayml", "runway"),
        ("recraft", "recraft"),
        ("black forest labs", "flux"), ("flux.1", "flux"),
    ].map { (Array($0.0.utf8), $0.1) }

    /// By what stands as a program's name, or as a credit.
    static func name(software text: some Collection<UInt8>) -> String? {
        let text = Array(text.prefix(256)).lowercased
        return programs.first { text.find($0.trace) != nil }?.name
    }

    /// By a text under a keyword; the keyword is empty for a comment without one.
    static func name(keyword: ArraySlice<UInt8>, text: ArraySlice<UInt8>) -> String? {
        switch String(decoding: keyword.lowercased, as: UTF8.self) {
        case "invokeai_metadata", "invokeai_graph", "invokeai_workflow", "sd-metadata", "dream": "invokeai"
        case "fooocus_scheme": "fooocus"
        case "negative_prompt", "negative prompt": "easy-diffusion"
        case "postprocessing": text.prefix(searched).contains("Postprocess") ? "a1111" : nil
        case "software", "source", "author", "creator", "creatortool", "aisystem": name(software: text)
        // What stands in these is a title of somebody's choice unless it is settings.
        case "prompt", "workflow", "parameters", "comment", "description", "usercomment", "title", "": name(comment: text)
        default: nil
        }
    }

    /// By a comment: the settings of a generator, as text or JSON.
    static func name(comment: some Collection<UInt8>) -> String? {
        let text = Array(comment.prefix(searched))[...].trimmed
        if text.contains("\"sui_image_params\"") { return "swarmui" }
        if text.first == UInt8(ascii: "{") {
            if text.contains("\"class_type\"") || text.contains("\"nodes\"") { return "comfyui" }
            if text.contains("Fooocus") { return "fooocus" }
            guard text.contains("\"prompt\"") || text.contains("\"steps\"") else { return nil }
            if text.contains("\"base_model\"") || text.contains("\"performance\"") { return "fooocus" }
            return text.contains("\"uc\"") && text.contains("\"sampler\"") ? "novelai" : nil
        }
        if ["prompt:", "workflow:"].contains(where: { text.prefix(10).lowercased.starts(with: $0.utf8) }) {
            return text.contains("\"class_type\"") || text.contains("\"nodes\"") ? "comfyui" : nil
        }
        if text.contains("Steps: "), text.contains("Sampler: ") || text.contains("CFG scale: ") || text.contains("Seed: ") {
            return text.contains("Version: Fooocus") ? "fooocus" : text.contains("Version: ComfyUI") ? "comfyui" : "a1111"
        }
        return text.contains("Job ID: ") && text.contains(" --") ? "midjourney" : nil
    }

    /// By the comment in XMP, where one program puts its settings as JSON.
    static func name(xmpComment text: [UInt8]) -> String? {
        if text.trimmed.first == UInt8(ascii: "{"), text.contains("\"sampler\""), text.contains("\"seed\""),
            text.contains("\"c\"")
        {
            return "draw-things"
        }
        return name(comment: text)
    }
}
