// Points that are not saved yet, in the tab's own storage: they outlive a rerun of the page and a reload, not the tab.
//
// A draft belongs to one picture and one annotator, and to what it began with: once a newer version is saved, or another tracker
// placed the points, it is of no use any more.

const Drafts = {
  place(header) {
    return `hemiface landmarks ${header.frame.key} ${header.annotator}`;
  },

  read(header) {
    try {
      const kept = JSON.parse(sessionStorage.getItem(Drafts.place(header)) ?? "null");
      if (kept?.base === header.base) return kept;
    } catch {
      return null;
    }
    Drafts.forget(header);
    return null;
  },

  keep(header, set) {
    try {
      const kept = { base: header.base, points: set.rounded(), visible: set.visible };
      sessionStorage.setItem(Drafts.place(header), JSON.stringify(kept));
    } catch {
      // A browser without storage: the points still stay as long as the page is open.
    }
  },

  forget(header) {
    try {
      sessionStorage.removeItem(Drafts.place(header));
    } catch {
      // Nothing was kept.
    }
  },
};
