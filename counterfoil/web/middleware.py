"""What every request needs to know: who acts, and the shop's time zone."""
class ShopMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)
