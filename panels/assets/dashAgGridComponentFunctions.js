// A cell that leads to a view of the same page, for mouse and keyboard, as dcc.Link does elsewhere.
window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};
window.dashAgGridComponentFunctions.ViewLink = ({ value, data }) =>
  data ? React.createElement("a", {
    href: data.href,
    onClick(event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.pushState({}, "", data.href);
      window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
      window.dispatchEvent(new PopStateEvent("popstate"));
    },
  }, value) : null;
